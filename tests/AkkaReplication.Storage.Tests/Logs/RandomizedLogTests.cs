using System.Globalization;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;
using Xunit.Abstractions;

namespace AkkaReplication.Storage.Tests.Logs;

/// <summary>
/// Random operations on a log and on <see cref="LogModel"/>, through kills, clean stops and crashes of the machine. A
/// failure names its seed; AKKAREPL_STORAGE_SEED runs that one, AKKAREPL_STORAGE_SEEDS so many.
/// </summary>
public sealed class RandomizedLogTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 40;
    private const int Steps = 120;

    [Fact]
    public async Task Log_agrees_with_its_model_through_every_kind_of_restart()
    {
        var only = Environment.GetEnvironmentVariable("AKKAREPL_STORAGE_SEED");
        var count = int.Parse(
            Environment.GetEnvironmentVariable("AKKAREPL_STORAGE_SEEDS") ?? $"{DefaultSeeds}", CultureInfo.InvariantCulture);
        int[] seeds = only is null ? [.. Enumerable.Range(1, count)] : [int.Parse(only, CultureInfo.InvariantCulture)];
        foreach (var seed in seeds)
        {
            var run = new Run(seed, new HeldScheduler());
            try
            {
                await run.Execute();
            }
            catch (Exception e)
            {
                output.WriteLine(string.Join('\n', run.Trace));
                throw new InvalidOperationException($"AKKAREPL_STORAGE_SEED={seed}: {e.Message}", e);
            }
        }
    }

    private sealed class Run(int seed, HeldScheduler flushes)
    {
        private readonly Random _random = new(seed);
        private readonly StorageFixture _fixture = new()
        {
            // In two of three runs files are closed and opened again all the time.
            OpenFiles = new OpenFiles(seed % 3 == 0 ? 1000 : seed % 3, InlineScheduler.Instance),
            FlushScheduler = flushes,
        };
        private readonly LogModel _model = new();
        private readonly Dictionary<long, int> _sequences = [];
        private int _epoch = 1;
        private int _value;

        public List<string> Trace { get; } = [];

        private PartitionLog Log => _fixture.Log;

        public async Task Execute()
        {
            _fixture.Settings = LogSettings.Default with
            {
                SegmentBytes = _random.Next(200, 2000),
                IndexIntervalBytes = _random.Next(3) * 150,
            };
            _fixture.Start();
            for (var step = 0; step < Steps; step++)
            {
                await Step();
                Check();
            }
        }

        private async Task Step()
        {
            // The flushes that rolled segments ask for come sooner or later.
            if (_random.Next(3) == 0)
                flushes.Run();
            switch (_random.Next(100))
            {
                case < 40: AppendAsLeader(); break;
                case < 58: AppendAsFollower(); break;
                case < 66: Truncate(); break;
                case < 68: TruncateFully(); break;
                case < 71: AdvanceLogStart(); break;
                case < 73: ApplyRetention(); break;
                case < 75: _epoch++; break;
                case < 78: AssignEpoch(); break;
                case < 85: await Flush(); break;
                case < 88: Checkpoint(); break;
                case < 89: DeleteExpired(); break;
                case < 93: await Kill(); break;
                case < 96: await Stop(); break;
                default: await Crash(); break;
            }
        }

        private void AppendAsLeader()
        {
            var values = Values();
            var batch = Build(values, 0, default);
            BatchHeader.TryRead(batch, out var header);
            Note($"leader appends {values.Length} at {_model.LogEnd}, epoch {_epoch}");
            Log.AppendAsLeader(batch, header, new LeaderEpoch(_epoch), null);
            _model.Append(
                header with { BaseOffset = _model.LogEnd, PartitionLeaderEpoch = new LeaderEpoch(_epoch) }, values);
        }

        private void AppendAsFollower()
        {
            var bytes = new List<byte>();
            var appended = new List<(BatchHeader, string[])>();
            var offset = _model.LogEnd;
            for (var i = _random.Next(1, 6); i > 0; i--)
            {
                if (_random.Next(6) == 0)
                    offset += _random.Next(1, 20);
                if (_random.Next(8) == 0)
                    _epoch++;
                var values = Values();
                var batch = Build(values, offset, new LeaderEpoch(_epoch));
                BatchHeader.TryRead(batch, out var header);
                bytes.AddRange(batch);
                appended.Add((header, values));
                offset = header.NextOffset;
            }

            Note($"follower appends {appended.Count} batches up to {offset}, epoch {_epoch}");
            Log.AppendAsFollower(bytes.ToArray());
            foreach (var (header, values) in appended)
                _model.Append(header, values);
        }

        private void Truncate()
        {
            var target = _model.LogEnd - _random.Next(-2, 25);
            if (target < 0)
                return;
            var generation = Log.TruncationGeneration;
            Note($"truncate to {target}");
            Log.TruncateTo(target);
            Assert.Equal(target < _model.LogEnd, Log.TruncationGeneration > generation);
            _model.TruncateTo(target);
            // What a follower cut away was of an epoch that its leader never had: the older one goes on.
            if (_random.Next(2) == 0)
                _epoch = Math.Max(1, _model.Epochs.Latest.Value);
        }

        private void TruncateFully()
        {
            var target = Math.Max(0, _model.LogEnd + _random.Next(-30, 30));
            Note($"truncate fully, start at {target}");
            Log.TruncateFullyAndStartAt(target, new ProducerStates());
            _model.Restart(target);
        }

        private void AdvanceLogStart()
        {
            var target = _random.NextInt64(_model.LogStart, _model.LogEnd + 1);
            Note($"log start to {target}");
            Log.AdvanceLogStart(target);
            _model.AdvanceLogStart(target);
        }

        /// <summary>Which segments go is for <see cref="RetentionTests"/>: here, that the rest is as it was.</summary>
        private void ApplyRetention()
        {
            var highWatermark = _random.NextInt64(_model.LogStart, _model.LogEnd + 1);
            Log.Settings = _fixture.Settings with { RetentionMs = -1, RetentionBytes = _random.Next(3000) };
            var moved = Log.ApplyRetention(highWatermark, _fixture.Time.NowMs);
            Note($"retention below {highWatermark}: log start {Log.LogStartOffset}");
            Assert.Equal(moved, Log.LogStartOffset > _model.LogStart);
            Assert.True(!moved || Log.LogStartOffset <= highWatermark);
            _model.AdvanceLogStart(Log.LogStartOffset);
        }

        private void DeleteExpired()
        {
            Note("delete expired segments");
            _fixture.Session.DeleteExpiredSegments(0);
        }

        private void AssignEpoch()
        {
            _epoch++;
            Note($"epoch {_epoch} begins at {_model.LogEnd}");
            Log.AssignEpoch(new LeaderEpoch(_epoch), _model.LogEnd);
            _model.Epochs.Assign(new LeaderEpoch(_epoch), _model.LogEnd);
        }

        private async Task Flush()
        {
            Note("flush");
            var flush = Log.FlushAsync();
            flushes.Run();
            Assert.Equal(_model.LogEnd, await flush);
            Assert.Equal(_model.LogEnd, Log.FlushedEndOffset);
        }

        private void Checkpoint()
        {
            Note($"checkpoint, flushed to {Log.FlushedEndOffset}");
            Log.CheckpointHighWatermark(_random.NextInt64(_model.LogStart, _model.LogEnd + 1));
            _fixture.Session.CheckpointHighWatermarks();
            _fixture.Session.CheckpointOffsets();
        }

        private async Task Kill()
        {
            Note("kill");
            await _fixture.KillAndRestart();
            Assert.Equal(PreviousLife.Intact, _fixture.Session.PreviousLife);
            AcceptLogStart();
            RestartedEpochs();
        }

        private async Task Stop()
        {
            Note("stop cleanly");
            await _fixture.CloseAndRestart();
            Assert.Equal(PreviousLife.Clean, _fixture.Session.PreviousLife);
            Assert.Equal((_model.LogStart, _model.LogEnd), (Log.LogStartOffset, Log.FlushedEndOffset));
            RestartedEpochs();
        }

        private async Task Crash()
        {
            var flushed = Log.FlushedEndOffset;
            Note($"crash, flushed to {flushed} of {_model.LogEnd}");
            await _fixture.Session.KillAsync();
            _fixture.Files.Crash(_random);
            _fixture.BootId = $"boot-{_random.Next()}";
            var session = StorageSession.Open(_fixture.Options);
            Assert.Equal(PreviousLife.Lossy, session.PreviousLife);
            if (session.Problems.Count > 0)
            {
                Note($"offline: {session.Problems[0].Reason}");
                Assert.True(flushed < _model.LogEnd, $"all had been flushed, but: {session.Problems[0].Reason}");
                session.MarkStray(StorageFixture.Partition);
                _model.Restart(0);
            }

            await session.KillAsync();
            _fixture.Start();
            if (session.Problems.Count == 0 && Log.LogEndOffset == 0 && flushed == 0)
                _model.Restart(0);
            AcceptLogStart();
            Assert.InRange(Log.LogEndOffset, Math.Min(flushed, _model.LogEnd), _model.LogEnd);
            if (Log.LogEndOffset < _model.LogEnd)
                _model.LoseFrom(Log.LogEndOffset);
            _epoch++;
            RestartedEpochs();
        }

        /// <summary>The log start is checkpointed now and then: a crash sets it back, not beyond what was kept, never forward.</summary>
        private void AcceptLogStart()
        {
            Assert.InRange(Log.LogStartOffset, 0, Math.Max(_model.LogStart, Log.LogEndOffset));
            _model.LogStartIsBackAt(Log.LogStartOffset);
        }

        /// <summary>Entries of epochs that wrote nothing and begin at the end are dropped by loading, as Kafka does.</summary>
        private void RestartedEpochs()
        {
            RequireEpochsFit();
            _model.TakeEpochs(Log.Epochs);
        }

        private void Check()
        {
            Assert.Equal((_model.LogStart, _model.LogEnd), (Log.LogStartOffset, Log.LogEndOffset));
            Assert.InRange(Log.FlushedEndOffset, 0, Log.LogEndOffset);
            Assert.Equal(_model.Epochs.ToString(), Log.Epochs.ToString());
            Assert.Null(Log.Failure);
            RequireEpochsFit();
            Assert.Equal(_model.Readable, _fixture.ReadAll());
            CheckRandomRead();
            CheckProducers();
        }

        private void CheckRandomRead()
        {
            if (_model.LogStart == _model.LogEnd)
                return;

            var offset = _random.NextInt64(_model.LogStart, _model.LogEnd);
            var limit = _random.NextInt64(offset, _model.LogEnd + 1);
            var maxBytes = _random.Next(1, 1500);
            var bytes = Log.View().Read(offset, limit, maxBytes, atLeastOneBatch: true);
            var batches = new BatchSequence(bytes);
            var expected = _model.Batches.FirstOrDefault(batch => batch.LastOffset >= offset);
            if (expected == default || expected.NextOffset > limit)
            {
                Assert.True(bytes.IsEmpty, $"read at {offset} up to {limit} returned {bytes.Length} bytes");
                return;
            }

            Assert.True(batches.MoveNext());
            Assert.Equal(expected.BaseOffset, batches.Header.BaseOffset);
            Assert.True(bytes.Length <= Math.Max(maxBytes, batches.Header.SizeInBytes));
            var last = batches.Header;
            while (batches.MoveNext())
                last = batches.Header;
            Assert.True(last.NextOffset <= limit);
            Assert.Equal(0, batches.BytesLeft);
        }

        /// <summary>I23, I24.</summary>
        private void RequireEpochsFit()
        {
            var entries = Log.Epochs.Entries;
            foreach (var batch in _model.Batches.Where(batch => batch.LastOffset >= Log.LogStartOffset && batch.NextOffset <= Log.LogEndOffset))
                Assert.Contains(entries, entry => entry.Epoch == batch.PartitionLeaderEpoch && entry.StartOffset <= Math.Max(batch.BaseOffset, Log.LogStartOffset));
            Assert.All(entries, entry => Assert.True(entry.StartOffset <= Log.LogEndOffset));
        }

        /// <summary>Every producer with a batch in the log is known with its last batches.</summary>
        private void CheckProducers()
        {
            var expected = new ProducerStates();
            foreach (var batch in _model.Batches.Where(batch => batch.BaseOffset >= Log.LogStartOffset))
                expected.Apply(batch, batch.LastOffset, 0);
            foreach (var producer in expected.Producers)
            {
                var actual = Log.Producers.Find(producer.ProducerId);
                Assert.NotNull(actual);
                Assert.Equal(producer.Batches.ToArray(), actual.Batches.ToArray()[^producer.BatchCount..]);
            }
        }

        private byte[] Build(string[] values, long offset, LeaderEpoch epoch)
        {
            var producer = _random.Next(4);
            var sequence = -1;
            if (producer > 0)
            {
                sequence = _sequences.GetValueOrDefault(producer);
                _sequences[producer] = sequence + values.Length;
            }

            return StorageFixture.Builder(1000 + _random.Next(100), values).Build(
                offset,
                epoch,
                producer > 0 ? producer : -1,
                (short)(producer > 0 ? 0 : -1),
                sequence,
                _random.Next(4) == 0 ? CompressionType.Gzip : CompressionType.None);
        }

        private string[] Values() =>
            [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => $"{++_value}-{new string('v', _random.Next(60))}")];

        private void Note(string step) => Trace.Add(step);
    }
}
