using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Metadata;

/// <summary>
/// One voter's promise and log, and what it accepts (Q1, Q2, Q4, Q8). Once it has granted an epoch nothing of a lower one
/// enters its log again, however late it comes. Keeps only where epochs begin; the entries are in the shell's file.
/// </summary>
/// <remarks>
/// Its answers stand behind barriers in the effect list: an answer leaves when what it says is flushed. When a barrier fails
/// the shell calls <see cref="OnStorageFailed"/> and completes it never, so what waits behind it is never said.
/// </remarks>
/// <param name="identity">Null for a directory that was never formatted: it grants nothing.</param>
/// <param name="promise">As found on disk.</param>
/// <param name="epochs">Where the epochs of the log found on disk begin, ascending.</param>
/// <param name="lastOffset">The last offset of that log, or -1.</param>
public sealed class MetadataVoter(
    VoterIdentity? identity, VoterPromise promise, ImmutableArray<ControllerEpochStart> epochs, long lastOffset)
{
    private readonly List<ControllerEpochStart> _epochs = [.. epochs];
    private string? _failure;

    /// <summary>The greatest epoch granted; durable before anybody hears of it.</summary>
    public VoterPromise Promise { get; private set; } = promise;

    /// <summary>The last offset of the log, or -1.</summary>
    public long LastOffset { get; private set; } = lastOffset;

    /// <summary>The epoch of the entry at <see cref="LastOffset"/>.</summary>
    public ControllerEpoch LastEpoch => EpochAt(LastOffset);

    public void OnClaim(ClaimEpoch claim, EffectList effects)
    {
        if (RefusalOf(claim) is { } reason)
        {
            effects.Add(new AnswerClaim(Answer(claim, reason)));
            return;
        }

        Promise = new VoterPromise(claim.Epoch, claim.Claimant);
        effects.Add(new PersistPromise(Promise));
        effects.Add(new AnswerClaim(Answer(claim, null)));
    }

    public void OnAppend(AppendMetadata append, EffectList effects)
    {
        if (RefusalOf(append) is { } reason)
        {
            Refuse(append, LastOffset, reason, effects);
            return;
        }

        if (append.PrevOffset > LastOffset)
        {
            Refuse(append, LastOffset, $"the log ends at {LastOffset}, before the predecessor {append.PrevOffset}", effects);
            return;
        }

        var own = EpochAt(append.PrevOffset);
        if (own != append.PrevEpoch)
        {
            // Nothing of this epoch can agree: go back to where it begins.
            var end = own == ControllerEpoch.None ? -1 : StartOf(own) - 1;
            Refuse(append, end, $"the entry at {append.PrevOffset} is of epoch {own}, not {append.PrevEpoch}", effects);
            return;
        }

        if (LastOffset > append.PrevOffset && EpochAt(append.PrevOffset + 1) == append.Epoch)
        {
            AcceptAgain(append, effects);
            return;
        }

        if (LastOffset > append.PrevOffset)
            Truncate(append.PrevOffset, effects);
        effects.Add(new AppendMetadataLog(append.Batch));
        if (LastEpoch != append.Epoch)
            _epochs.Add(new ControllerEpochStart(append.Epoch, append.Batch.BaseOffset));
        LastOffset = append.Batch.LastOffset;
        Accept(append, effects);
    }

    /// <summary>The disk failed: what it holds is not known any more, so this voter says no to everything.</summary>
    public void OnStorageFailed(string reason) => _failure = reason;

    private string? RefusalOf(ClaimEpoch claim)
    {
        if (_failure is not null)
            return $"the voter's disk has failed: {_failure}";
        if (identity is null)
            return "the voter's directory has never been formatted";
        if (claim.ClusterId != identity.ClusterId)
            return $"the voter belongs to cluster \"{identity.ClusterId}\", the claim is for \"{claim.ClusterId}\"";
        return claim.Epoch > Promise.Epoch || (claim.Epoch == Promise.Epoch && claim.Claimant == Promise.Claimant)
            ? null
            : $"epoch {Promise.Epoch} is promised to {Promise.Claimant}";
    }

    private string? RefusalOf(AppendMetadata append)
    {
        if (_failure is not null)
            return $"the voter's disk has failed: {_failure}";
        if (identity is null)
            return "the voter's directory has never been formatted";
        if (append.Epoch < Promise.Epoch)
            return $"epoch {Promise.Epoch} is promised to {Promise.Claimant}";
        if (append.Epoch > Promise.Epoch || append.Claimant != Promise.Claimant)
            return $"epoch {append.Epoch} was not claimed by {append.Claimant} here";
        return append.Batch.Records.IsDefaultOrEmpty
            || append.Batch.Epoch != append.Epoch
            || append.Batch.BaseOffset != append.PrevOffset + 1
                ? "the batch is empty, of another epoch, or does not follow its predecessor"
                : null;
    }

    /// <summary>
    /// Only one claimant writes in an epoch, so what stands here is this batch: a late copy must not cut what followed it.
    /// </summary>
    private void AcceptAgain(AppendMetadata append, EffectList effects)
    {
        if (LastOffset < append.Batch.LastOffset)
        {
            throw new InvalidOperationException(
                $"Epoch {append.Epoch} appends {append.Batch.BaseOffset} to {append.Batch.LastOffset}, but the log of that epoch " +
                $"ends at {LastOffset}, inside the batch.");
        }

        Accept(append, effects);
    }

    private void Accept(AppendMetadata append, EffectList effects) =>
        effects.Add(new AnswerAppend(new AppendMetadataAnswer(
            append.Epoch, Accepted: true, Promise.Epoch, append.Batch.LastOffset, append.Epoch, null)));

    private void Refuse(AppendMetadata append, long agreeingOffset, string reason, EffectList effects) =>
        effects.Add(new AnswerAppend(new AppendMetadataAnswer(
            append.Epoch, Accepted: false, Promise.Epoch, agreeingOffset, EpochAt(agreeingOffset), reason)));

    private ClaimAnswer Answer(ClaimEpoch claim, string? refusal) =>
        new(claim.Epoch, refusal is null, Promise.Epoch, LastEpoch, LastOffset, refusal);

    private void Truncate(long offset, EffectList effects)
    {
        effects.Add(new TruncateMetadataLog(offset));
        _epochs.RemoveAll(e => e.StartOffset > offset);
        LastOffset = offset;
    }

    private ControllerEpoch EpochAt(long offset)
    {
        var at = _epochs.FindLastIndex(e => e.StartOffset <= offset);
        return at < 0 ? ControllerEpoch.None : _epochs[at].Epoch;
    }

    private long StartOf(ControllerEpoch epoch) => _epochs.Find(e => e.Epoch == epoch).StartOffset;
}
