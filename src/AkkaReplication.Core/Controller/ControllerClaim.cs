using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>Send the claim to the voter.</summary>
public sealed record SendClaim(ClaimEpoch Claim) : Effect;

/// <summary>Send the epoch's first entry to the voter.</summary>
public sealed record SendAppendMetadata(AppendMetadata Append) : Effect;

/// <summary>Call ControllerClaim.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartClaimTimer(long DelayMs) : Effect;

/// <summary>The epoch's first entry is committed: a controller may recover from the log and decide, in this epoch alone.</summary>
/// <param name="LastOffset">The log's last offset; the controller must have recovered all of it.</param>
public sealed record ControllerMayStart(ControllerEpoch Epoch, long LastOffset) : Effect;

/// <summary>The controller's epoch is over: stop it, then call ControllerClaim.OnControllerStopped.</summary>
public sealed record ControllerMustStop(ControllerEpoch Epoch, string Reason) : Effect;

/// <summary>Where a claim stands.</summary>
public enum ClaimState : byte
{
    /// <summary>Not started, or waiting before the next claim.</summary>
    Waiting,
    Claiming,

    /// <summary>The epoch is granted; its first entry is being written.</summary>
    Committing,

    /// <summary>A controller may decide.</summary>
    Leading,

    /// <summary>The controller has been told to stop.</summary>
    Stopping,
}

/// <param name="ClaimTimeoutMs">When a claim or a first entry without an answer is given up.</param>
/// <param name="BackoffMs">After a refusal, times 1 to 2 at random, doubling up to the time-out (Q7).</param>
public sealed record ControllerClaimOptions(
    string ClusterId, Claimant Self, long ClaimTimeoutMs = 1_000, long BackoffMs = 20);

/// <summary>
/// Obtains the right to be the controller, where there is one voter: claims an epoch, adopts the voter's log, commits the
/// epoch's first entry, and only then lets a controller start (P1, P7, Q5). Every start of a controller, whatever ended the one
/// before, takes a new epoch (P2); no epoch is claimed twice.
/// </summary>
/// <remarks>Waiting → Claiming → Committing → Leading → Stopping → Claiming; from Claiming and Committing also to Waiting.</remarks>
/// <param name="jitter">Numbers from 0 to 1.</param>
public sealed class ControllerClaim(ControllerClaimOptions options, Func<double> jitter)
{
    private int _failures;

    public ClaimState State { get; private set; } = ClaimState.Waiting;

    /// <summary>The epoch that is claimed or held; also the greatest that was heard of.</summary>
    public ControllerEpoch Epoch { get; private set; } = ControllerEpoch.None;

    public void Start(EffectList effects) => Claim(effects);

    public void OnClaimAnswer(ClaimAnswer answer, EffectList effects)
    {
        if (State != ClaimState.Claiming || answer.Epoch != Epoch)
            return;
        if (!answer.Granted)
        {
            Retry(answer.PromisedEpoch, effects);
            return;
        }

        // With one voter its log is the greatest there is (Q3). The first controller also says which format it writes (M4).
        State = ClaimState.Committing;
        var batch = new MetadataBatch(
            Epoch,
            answer.LastOffset + 1,
            answer.LastOffset < 0
                ? [new NoOpRecord(Epoch), new MetadataVersionRecord(MetadataImage.LatestMetadataVersion)]
                : [new NoOpRecord(Epoch)]);
        effects.Add(new SendAppendMetadata(
            new AppendMetadata(Epoch, options.Self, answer.LastOffset, answer.LastEntryEpoch, batch)));
        effects.Add(new StartClaimTimer(options.ClaimTimeoutMs));
    }

    /// <summary>The voter answered an append: that of the first entry, or one of the controller's.</summary>
    public void OnAppendAnswer(AppendMetadataAnswer answer, EffectList effects)
    {
        if (answer.Epoch != Epoch)
            return;

        if (State == ClaimState.Committing)
        {
            if (answer.Accepted)
            {
                State = ClaimState.Leading;
                effects.Add(new ControllerMayStart(Epoch, answer.LastOffset));
                effects.Add(new StartClaimTimer(options.ClaimTimeoutMs));
            }
            else
            {
                Retry(answer.PromisedEpoch, effects);
            }
        }
        else if (State == ClaimState.Leading && !answer.Accepted)
        {
            State = ClaimState.Stopping;
            effects.Add(new ControllerMustStop(Epoch, answer.Reason ?? "the voter refused an append"));
            Epoch = Max(Epoch, answer.PromisedEpoch);
        }
    }

    /// <summary>
    /// The controller has stopped, told or by itself: its epoch is given up and another one claimed (P2). At once, unless
    /// the one before it did not last either: a controller that cannot start must not fill the log with first entries.
    /// </summary>
    public void OnControllerStopped(EffectList effects)
    {
        if (State == ClaimState.Leading && _failures == 0)
        {
            _failures = 1;
            Claim(effects);
        }
        else if (State is ClaimState.Leading or ClaimState.Stopping)
        {
            Retry(Epoch, effects);
        }
    }

    /// <summary>The timer fired: time to claim again, or the controller has lasted.</summary>
    public void OnTimer(EffectList effects)
    {
        if (State == ClaimState.Leading)
            _failures = 0;
        else if (State != ClaimState.Stopping)
            Claim(effects);
    }

    private void Claim(EffectList effects)
    {
        Epoch = Epoch == ControllerEpoch.None ? new ControllerEpoch(1) : Epoch.Next();
        State = ClaimState.Claiming;
        effects.Add(new SendClaim(new ClaimEpoch(options.ClusterId, Epoch, options.Self)));
        effects.Add(new StartClaimTimer(options.ClaimTimeoutMs));
    }

    private void Retry(ControllerEpoch promised, EffectList effects)
    {
        State = ClaimState.Waiting;
        Epoch = Max(Epoch, promised);
        var backoffMs = Math.Min(options.BackoffMs << Math.Min(_failures, 20), options.ClaimTimeoutMs);
        _failures++;
        effects.Add(new StartClaimTimer(backoffMs + (long)(backoffMs * jitter())));
    }

    private static ControllerEpoch Max(ControllerEpoch left, ControllerEpoch right) => left > right ? left : right;
}
