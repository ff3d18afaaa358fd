using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Cleaning;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Tests.Simulated;
using Xunit.Abstractions;

namespace AkkaReplication.Storage.Tests.Cleaning;

/// <summary>
/// Random appends, compaction in random steps, truncations of what is not committed, deaths at any operation on a file, against
/// all records that were ever appended and a dictionary of what they say. A failure names its seed;
/// AKKAREPL_COMPACTION_SEED runs that one, AKKAREPL_COMPACTION_SEEDS so many.
/// </summary>
public sealed class RandomizedCompactionTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 40;
    private const int Steps = 200;

    [Fact]
    public async Task Compacted_log_says_what_all_its_records_said()
    {
        var only = Environment.GetEnvironmentVariable("AKKAREPL_COMPACTION_SEED");
        var count = int.Parse(
            Environment.GetEnvironmentVariable("AKKAREPL_COMPACTION_SEEDS") ?? $"{DefaultSeeds}", CultureInfo.InvariantCulture);
        int[] seeds = only is null ? [.. Enumerable.Range(1, count)] : [int.Parse(only, CultureInfo.InvariantCulture)];
        var removed = 0L;
        var died = 0;
        foreach (var seed in seeds)
        {
            var run = new Run(seed);
            try
            {
                await run.Execute();
                removed += run.Removed;
                died += run.Deaths;
            }
            catch (Exception e)
            {
                output.WriteLine(string.Join('\n', run.Trace));
                throw new InvalidOperationException($"AKKAREPL_COMPACTION_SEED={seed}: {e.Message}", e);
            }
        }

        Assert.True(removed > 20 * seeds.Length, $"only {removed} records were compacted away");
        Assert.True(only is not null || died > seeds.Length / 4, $"only {died} deaths in compaction");
    }

    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly CompactedLog _log = new();
        private readonly List<Entry> _appended = [];
        private readonly Dictionary<long, int> _sequences = [];
        private int _value;
        private long _committed;
        private bool _tombstonesStay;

        public List<string> Trace { get; } = [];

        public long Removed { get; private set; }

        public int Deaths { get; private set; }

        private StorageFixture Fixture => _log.Fixture;

        private PartitionLog Log => _log.Log;

        public async Task Execute()
        {
            _tombstonesStay = _random.Next(2) == 0;
            Fixture.OpenFiles = new OpenFiles(seed % 3 == 0 ? 1000 : seed % 3, InlineScheduler.Instance);
            _log.DedupeBufferBytes = _random.Next(3) == 0 ? 24 * 40 : 1 << 20;
            _log.Settings = CompactedLog.Eager with
            {
                SegmentBytes = _random.Next(150, 1200),
                IndexIntervalBytes = _random.Next(3) * 100,
                MinCleanableDirtyRatio = _random.Next(3) * 0.25,
                DeleteRetentionMs = _tombstonesStay ? 1_000_000_000 : _random.Next(200),
            };
            _log.Start();
            for (var step = 0; step < Steps; step++)
            {
                await Step();
                Check();
            }

            Removed = _appended.Count - _log.EntriesOnDisk().Count;
        }

        private async Task Step()
        {
            switch (_random.Next(100))
            {
                case < 50: Append(); break;
                case < 58: Fixture.Time.NowMs += _random.Next(100); break;
                case < 66: await Log.FlushAsync(); break;
                case < 84: await Compact(_random.Next(1, 30)); break;
                case < 88: await Compact(int.MaxValue); break;
                case < 90: await Truncate(); break;
                case < 91: AdvanceLogStart(); break;
                case < 93: await Restart(machine: false); break;
                case < 95: await Stop(); break;
                case < 97: await Restart(machine: true); break;
                default: await DieInCompaction(); break;
            }
        }

        private void Append()
        {
            var producer = _random.Next(4);
            var records = Enumerable.Range(0, _random.Next(1, 5))
                .Select(_ => $"k{_random.Next(12)}" + (_random.Next(6) == 0 ? "" : $"={++_value}{new string('v', _random.Next(40))}"))
                .ToArray();
            var sequence = -1;
            if (producer > 0)
            {
                sequence = _sequences.GetValueOrDefault(producer);
                _sequences[producer] = sequence + records.Length;
            }

            // Not every producer's clock is right.
            var timestampMs = Fixture.Time.NowMs - _random.Next(50);
            var batch = CompactedLog.Batch(timestampMs, records).Build(
                producerId: producer > 0 ? producer : -1,
                producerEpoch: (short)(producer > 0 ? 0 : -1),
                baseSequence: sequence,
                compression: (CompressionType)_random.Next(3));
            Trace.Add($"append {string.Join(' ', records)} at {Log.LogEndOffset} by {producer} {sequence}");
            var offset = Log.LogEndOffset;
            Fixture.Append(batch, 1);
            _appended.AddRange(CompactedLog.EntriesOf(batch).Select(entry => entry with { Offset = offset + entry.Offset }));
        }

        private Task Compact(int steps)
        {
            _committed = _random.NextInt64(_committed, Log.LogEndOffset + 1);
            _log.StepBytes = _random.Next(1, 2000);
            Trace.Add($"compact below {_committed}, flushed to {Log.FlushedEndOffset}, {steps} steps");
            for (var i = 0; i < steps && Do() is { HasMore: true }; i++)
            {
            }

            Assert.Null(Log.Failure);
            return Task.CompletedTask;

            CleaningStep Do()
            {
                var step = _log.Step(_committed);
                Assert.Null(step.Problem);
                if (step.Cleaned is { } cleaned)
                {
                    Trace.Add($"  compacted {cleaned.FromOffset} to {cleaned.ToOffset}");
                    CheckCleaned(cleaned.ToOffset);
                }

                return step;
            }
        }

        private async Task Truncate()
        {
            var target = _random.NextInt64(Math.Max(_committed, Log.LogStartOffset), Log.LogEndOffset + 1);
            if (_appended.Exists(entry => entry.Offset == target - 1) is false && target > 0 && target < Log.LogEndOffset)
                return;
            Trace.Add($"truncate to {target}");
            Log.TruncateTo(target);
            Assert.InRange(Log.LogEndOffset, 0, target);
            await Lose();
        }

        private void AdvanceLogStart()
        {
            var target = _random.NextInt64(Log.LogStartOffset, Math.Max(Log.LogStartOffset, _committed) + 1);
            Trace.Add($"log start to {target}");
            Log.AdvanceLogStart(target);
            Fixture.Session.DeleteExpiredSegments(0);
            Fixture.Session.CheckpointHighWatermarks();
        }

        private async Task DieInCompaction()
        {
            await Log.FlushAsync();
            var left = _random.Next(1, 60);
            var dead = false;
            Fixture.Files.Fault = (kind, path) =>
            {
                if (kind != FileOperation.Read)
                    dead |= --left == 0;
                if (dead)
                    throw new DeadProcessException($"{kind} of {path}: the process is dead.");
            };
            _committed = Log.LogEndOffset;
            Trace.Add($"die at operation {left} of compaction below {_committed}");
            _log.RunUntilDead(_committed, maxSteps: 300);
            Fixture.Files.Fault = null;
            Deaths += dead ? 1 : 0;
            await Restart(machine: _random.Next(2) == 0);
        }

        private async Task Restart(bool machine)
        {
            Trace.Add(machine ? $"crash, flushed to {Log.FlushedEndOffset}" : "kill");
            var flushed = Log.FlushedEndOffset;
            await Fixture.Session.KillAsync();
            if (machine)
                Fixture.Files.Crash(_random);
            else
                Fixture.Files.Kill();
            Fixture.BootId = machine ? $"boot-{_random.Next()}" : Fixture.BootId;
            var session = StorageSession.Open(Fixture.Options);
            var isOffline = session.Problems.Count > 0;
            if (isOffline)
            {
                // Torn pages with whole ones behind them: allowed in what was not flushed. Nothing more to be seen here.
                Trace.Add($"offline: {session.Problems[0].Reason}");
                Assert.True(machine && flushed < (_appended.Count == 0 ? 0 : _appended[^1].Offset + 1), session.Problems[0].Reason);
                session.MarkStray(StorageFixture.Partition);
                _appended.Clear();
                _sequences.Clear();
                _committed = 0;
            }

            await session.KillAsync();
            Fixture.Files.Kill();
            _log.Start();
            Assert.True(Log.LogEndOffset >= flushed || isOffline, $"the log ends at {Log.LogEndOffset}");
            await Lose();
        }

        private async Task Stop()
        {
            Trace.Add("stop");
            await Fixture.Session.CloseCleanlyAsync(new BrokerEpoch(7));
            _log.Start();
            Assert.Equal(PreviousLife.Clean, Fixture.Session.PreviousLife);
        }

        /// <summary>What lies beyond the log's end is gone, and who had written it begins again as somebody else would.</summary>
        private Task Lose()
        {
            var end = Log.LogEndOffset;
            _appended.RemoveAll(entry => entry.Offset >= end);
            _committed = Math.Min(_committed, end);
            foreach (var producer in _sequences.Keys.ToList())
            {
                _sequences[producer] = Log.Producers.Find(producer) is { } known
                    ? known.LastSequence + 1
                    : 0;
            }

            return Task.CompletedTask;
        }

        private void Check()
        {
            var start = Log.LogStartOffset;
            var entries = _log.EntriesOnDisk();
            var truth = _appended.Where(entry => entry.Offset >= start).ToList();
            Assert.Empty(entries.Except(truth));
            var read = _log.Entries();
            Assert.Empty(read.Except(truth));
            Assert.Empty(entries.Except(read));

            // What is missing was superseded by something committed, or is a tombstone whose time may be over.
            var present = entries.Select(entry => entry.Offset).ToHashSet();
            var newest = truth.GroupBy(entry => entry.Key!).ToDictionary(group => group.Key, group => group.Last());
            var newestCommitted = truth.Where(entry => entry.Offset < _committed)
                .GroupBy(entry => entry.Key!).ToDictionary(group => group.Key, group => group.Last().Offset);
            foreach (var missing in truth.Where(entry => !present.Contains(entry.Offset)))
            {
                Assert.True(
                    newestCommitted.GetValueOrDefault(missing.Key!, -1) > missing.Offset
                    || (missing.Value is null && missing.Offset < _committed && !_tombstonesStay),
                    $"{missing} is missing");
            }

            var said = Say(entries);
            Assert.Equal(Say(truth), said);
            Assert.All(entries.Where(entry => newest[entry.Key!].Value is null), entry => Assert.True(
                entry.Value is null || present.Contains(newest[entry.Key!].Offset), $"{entry} came back to life"));
            CheckLookups(entries);
            foreach (var (producer, next) in _sequences)
                Assert.Equal(next, (Log.Producers.Find(producer)?.LastSequence ?? -1) + 1);
        }

        private static SortedDictionary<string, string> Say(IEnumerable<Entry> entries)
        {
            var said = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var entry in entries)
            {
                if (entry.Value is null)
                    said.Remove(entry.Key!);
                else
                    said[entry.Key!] = entry.Value;
            }

            return said;
        }

        private void CheckLookups(List<Entry> entries)
        {
            var timestampMs = Fixture.Time.NowMs - _random.Next(300);
            var byTime = entries.Where(entry => entry.TimestampMs >= timestampMs).Select(entry => (long?)entry.Offset).FirstOrDefault();
            Assert.Equal(byTime, Log.View().FindByTime(timestampMs, Log.LogEndOffset)?.Offset);
            var latest = entries.Select(entry => (Entry?)entry).MaxBy(entry => entry!.Value.TimestampMs);
            Assert.Equal(latest?.Offset, Log.View().FindLatest(Log.LogEndOffset)?.Offset);

            if (Log.LogStartOffset == Log.LogEndOffset)
                return;
            var offset = _random.NextInt64(Log.LogStartOffset, Log.LogEndOffset);
            var bytes = Log.View().Read(offset, Log.LogEndOffset, 100, atLeastOneBatch: true);
            Assert.False(bytes.IsEmpty);
            Assert.True(BatchHeader.TryRead(bytes.Span, out var header) && header.LastOffset >= offset);
            var next = entries.Where(entry => entry.Offset >= offset).Select(entry => entry.Offset).DefaultIfEmpty(long.MaxValue).First();
            Assert.True(header.BaseOffset <= next, $"a read at {offset} begins with {header.BaseOffset}, {next} is there");
        }

        /// <summary>Below what was compacted every key stands once.</summary>
        private void CheckCleaned(long endOffset)
        {
            var twice = _log.EntriesOnDisk().Where(entry => entry.Offset < endOffset).GroupBy(entry => entry.Key).Where(group => group.Count() > 1);
            Assert.Empty(twice.Select(group => group.Key));
        }
    }
}
