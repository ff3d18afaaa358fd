using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Brokers;

/// <param name="PollIntervalMs">When to ask although nobody said that there is news, because that message may be lost.</param>
/// <param name="RequestTimeoutMs">When a fetch without an answer is sent again.</param>
/// <param name="RetryBackoffMs">Pause after a refusal that may pass.</param>
public sealed record MetadataFollowerOptions(
    string ClusterId, BrokerId Self, long PollIntervalMs = 2_000, long RequestTimeoutMs = 1_000, long RetryBackoffMs = 100);

/// <summary>
/// A broker's copy of the metadata, kept up by fetching. Publishes nothing before it has once reached the end that the
/// controller had when first asked, so that the broker never acts on the past; takes no absence for an order to delete (M2).
/// </summary>
/// <param name="image">What this broker has already: an empty image, or the one that it last applied.</param>
public sealed class MetadataFollower(MetadataFollowerOptions options, MetadataImage image)
{
    private readonly SortedSet<TopicId> _deleted = [];
    private MetadataImage _published = image;
    private ImmutableArray<TopicIdPartition> _wantedLogEnds = [];
    private ControllerEpoch _controllerEpoch = ControllerEpoch.None;
    private long? _firstEnd;
    private long _knownEnd = -1;
    private bool _isStarted;
    private bool _inFlight;
    private long _dueMs;

    /// <summary>Everything received, in order.</summary>
    public MetadataImage Image { get; private set; } = image;

    /// <summary>The broker's history turned out to be another one: nothing is fetched any more.</summary>
    public bool HasDiverged { get; private set; }

    /// <summary>
    /// Asks for the first time. Before that nothing that is heard makes it ask: what it publishes is carried out in the name of
    /// the broker's life, which has none until it is registered.
    /// </summary>
    public void Start(long nowMs, EffectList effects)
    {
        _isStarted = true;
        Fetch(nowMs, effects);
    }

    /// <summary>The controller says that there is more.</summary>
    public void OnAdvanced(long nowMs, MetadataAdvanced news, EffectList effects)
    {
        if (HasDiverged || news.ControllerEpoch < _controllerEpoch)
            return;

        _knownEnd = Math.Max(_knownEnd, news.EndOffset);
        if (!_inFlight && _knownEnd > Image.Offset)
            Fetch(nowMs, effects);
    }

    public void OnAnswer(long nowMs, FetchMetadataAnswer answer, EffectList effects)
    {
        // An old controller's answer says nothing new, and one that comes before the first question was asked by an earlier life.
        if (HasDiverged || !_isStarted || answer.ControllerEpoch < _controllerEpoch)
            return;

        if (answer.ClusterId != options.ClusterId)
        {
            Diverge($"The controller is of cluster \"{answer.ClusterId}\", this broker of \"{options.ClusterId}\".", effects);
            return;
        }

        if (answer.Diverging)
        {
            Diverge(
                $"The controller of epoch {answer.ControllerEpoch} does not know this broker's last metadata record " +
                $"(offset {Image.Offset}, epoch {Image.Epoch}).",
                effects);
            return;
        }

        _inFlight = false;
        if (answer.Error != ErrorCode.None)
        {
            Wait(nowMs, options.RetryBackoffMs, effects);
            return;
        }

        _controllerEpoch = answer.ControllerEpoch;
        _knownEnd = Math.Max(_knownEnd, answer.EndOffset);
        _firstEnd ??= answer.EndOffset;
        Take(answer);
        if (Image.Offset >= _firstEnd)
            Publish(effects);
        if (Image.Offset < _knownEnd)
            Fetch(nowMs, effects);
        else
            Wait(nowMs, options.PollIntervalMs, effects);
    }

    /// <summary>Another controller may be there: what is in flight is not waited for.</summary>
    public void OnControllerChanged(long nowMs, EffectList effects) => Fetch(nowMs, effects);

    /// <summary>The timer fired.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        if (HasDiverged)
            return;
        if (nowMs < _dueMs)
            effects.Add(new StartMetadataTimer(_dueMs - nowMs));
        else
            Fetch(nowMs, effects);
    }

    private void Take(FetchMetadataAnswer answer)
    {
        if (answer.Snapshot is { } snapshot && snapshot.Offset > Image.Offset)
            Image = MetadataImage.FromSnapshot(snapshot);

        foreach (var batch in answer.Batches)
        {
            // An answer may repeat what an earlier one brought, never leave something out.
            if (batch.BaseOffset > Image.Offset + 1)
                return;
            if (batch.BaseOffset <= Image.Offset)
                continue;

            Image = Image.Apply(batch);
            foreach (var record in batch.Records)
            {
                if (record is RemoveTopicRecord remove)
                    _deleted.Add(remove.TopicId);
            }
        }
    }

    private void Publish(EffectList effects)
    {
        if (ReferenceEquals(_published, Image))
            return;

        var applied = MetadataDelta.Between(_published, Image, options.Self, [.. _deleted], _wantedLogEnds);
        effects.Add(applied);
        _wantedLogEnds = applied.WantedLogEnds;
        _published = Image;
        _deleted.Clear();
    }

    private void Fetch(long nowMs, EffectList effects)
    {
        if (HasDiverged || !_isStarted)
            return;
        _inFlight = true;
        effects.Add(new SendFetchMetadata(
            new FetchMetadata(options.ClusterId, options.Self, Image.Offset, Image.Epoch)));
        Wait(nowMs, options.RequestTimeoutMs, effects);
    }

    private void Wait(long nowMs, long delayMs, EffectList effects)
    {
        _dueMs = nowMs + delayMs;
        effects.Add(new StartMetadataTimer(delayMs));
    }

    private void Diverge(string reason, EffectList effects)
    {
        HasDiverged = true;
        effects.Add(new MetadataDiverged(reason));
    }
}
