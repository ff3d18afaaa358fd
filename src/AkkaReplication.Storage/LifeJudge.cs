using AkkaReplication.Logs;
using AkkaReplication.Storage.Checkpoints;

namespace AkkaReplication.Storage;

/// <summary>
/// Collects the evidence on how the previous life ended while its directories are opened (F2), and keeps what speaks
/// against it on disk before anything is changed, so that a crash of this start cannot hide it.
/// </summary>
internal sealed class LifeJudge
{
    private readonly Lock _lock = new();
    private readonly StorageSessionOptions _options;
    private readonly IReadOnlyList<DataDirectory> _directories;
    private readonly Dictionary<DataDirectory, BrokerEpoch?> _markers = [];
    private readonly List<string> _reasons = [];
    private readonly bool _sameBoot;
    private readonly bool _wasFlushed;
    private readonly PreviousLife _carried;
    private bool _hasCleanMarkers;
    private bool _isIntact = true;

    private LifeJudge(StorageSessionOptions options, IReadOnlyList<DataDirectory> directories)
    {
        _options = options;
        _directories = directories;
        var old = directories.Where(directory => !directory.IsNew).ToList();
        var records = old.Select(directory => LifeRecord.Read(options.Files, directory.Path)).ToList();
        _carried = records.Max(record => record?.Unregistered) ?? PreviousLife.Clean;
        _sameBoot = options.BootId is not null && records.All(record => record?.BootId == options.BootId);
        _wasFlushed = records.All(record => record?.FlushedBeforeAcknowledging == true);
        RequireAllDirectories(records);
        if (_carried != PreviousLife.Clean)
            _reasons.Add($"an earlier life that was {_carried} has not been registered yet");
    }

    /// <summary>What the broker states at its registration; <see cref="PreviousLife.Lossy"/> until concluded.</summary>
    public PreviousLife Verdict { get; private set; } = PreviousLife.Lossy;

    public IReadOnlyList<string> Reasons => _reasons;

    /// <summary>The epoch in the markers, where every directory has one and all agree.</summary>
    public BrokerEpoch BrokerEpoch { get; private set; } = BrokerEpoch.Unknown;

    /// <summary>
    /// Takes the markers away, after the evidence so far is on disk. From here on this start, too, is a life that may crash.
    /// </summary>
    public static LifeJudge Begin(StorageSessionOptions options, IReadOnlyList<DataDirectory> directories)
    {
        var judge = new LifeJudge(options, directories);
        judge.ReadMarkers();
        judge.Write(judge.Judge());
        judge.TakeMarkers();
        return judge;
    }

    /// <summary>Whether a directory's own logs were closed cleanly.</summary>
    public bool IsClean(DataDirectory directory) => directory.IsNew || _markers[directory] is not null;

    /// <summary>
    /// A life that has not been registered since, or the one before, lost something: perhaps a flush failed, so that files look
    /// whole that are not on the disk.
    /// </summary>
    public bool MayLackFlushes => _carried == PreviousLife.Lossy;

    /// <summary>Something speaks against an intact life. On disk before it returns; any thread.</summary>
    public void OnLoss(string reason)
    {
        lock (_lock)
        {
            _reasons.Add(reason);
            if (!_isIntact)
                return;

            _isIntact = false;
            Write(PreviousLife.Lossy);
        }
    }

    /// <summary>All logs are loaded: this is the verdict.</summary>
    public void Conclude()
    {
        Verdict = Judge();
        Write(Verdict);
    }

    private PreviousLife Judge()
    {
        var verdict = RecoveryPlan.Judge(_hasCleanMarkers, _sameBoot, _wasFlushed, _isIntact);
        return verdict > _carried ? verdict : _carried;
    }

    private void ReadMarkers()
    {
        foreach (var directory in _directories)
            _markers.Add(directory, CleanShutdownMarker.Read(_options.Files, directory.Path));

        var epochs = _markers.Where(marker => !marker.Key.IsNew).Select(marker => marker.Value).Distinct().ToList();
        _hasCleanMarkers = epochs is [not null];
        BrokerEpoch = epochs is [{ } epoch] ? epoch : BrokerEpoch.Unknown;
        if (!_hasCleanMarkers)
            _reasons.Add("the previous life left no clean shutdown marker");
        if (!_hasCleanMarkers && !_sameBoot)
            _reasons.Add("the operating system has been restarted since, or its boot id is not known");
    }

    private void TakeMarkers()
    {
        foreach (var directory in _directories)
            CleanShutdownMarker.Take(_options.Files, directory.Path);
    }

    /// <summary>
    /// A directory of the previous life that is missing now is data lost; so is a start with new directories alone, for all
    /// the broker can tell. A new directory beside all the old ones is an extension.
    /// </summary>
    private void RequireAllDirectories(List<LifeRecord?> records)
    {
        var present = _directories.Select(directory => directory.Id).ToHashSet();
        var missing = records.SelectMany(record => record?.Directories ?? []).Where(id => !present.Contains(id)).Distinct().ToList();
        if (records.Count > 0 && missing.Count == 0)
            return;

        _isIntact = false;
        _reasons.Add(records.Count == 0
            ? "all data directories are new"
            : $"data directories of the previous life are missing: {string.Join(", ", missing.Select(KafkaUuid.Format))}");
    }

    private void Write(PreviousLife unregistered)
    {
        var record = new LifeRecord(
            _options.BootId,
            _options.FlushBeforeAcknowledging,
            unregistered,
            [.. _directories.Select(directory => directory.Id)]);
        foreach (var directory in _directories)
            record.Write(_options.Files, directory.Path);
    }
}
