using AkkaReplication.Storage.Inspection;

namespace AkkaReplication.Storage.Tests.Inspection;

public sealed class InspectionTests
{
    private readonly StorageFixture _fixture = new();

    [Fact]
    public void Files_are_read_while_the_broker_runs()
    {
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 200 };
        _fixture.Start();
        for (var i = 0; i < 5; i++)
            _fixture.Append(2, $"{i}");
        var reader = new LogFileReader(StorageFixture.LogDirectory, _fixture.Files);
        var records = new List<string>();
        foreach (var batch in reader.ReadBatches())
        {
            Assert.True(batch.HasValidCrc);
            StorageFixture.AddRecords(records, batch.Bytes, 0);
        }

        Assert.Equal(_fixture.ReadAll(), records);
        Assert.Empty(reader.Problems);
        Assert.Equal((StorageFixture.Partition.TopicId, "2@0"), (reader.TopicId, reader.Epochs.ToString()));
        Assert.Equal(
            [(new TopicPartition("topic", 0), StorageFixture.LogDirectory)], LogFileReader.Partitions("/data", _fixture.Files));
    }

    [Fact]
    public void Unfinished_batch_is_no_damage_and_damage_is_reported()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        _fixture.Append(1, "b");
        var path = _fixture.PathOf("00000000000000000000.log");
        var bytes = _fixture.Files.ReadFile(path);
        _fixture.Files.WriteFile(path, bytes.AsSpan(0, bytes.Length - 3));
        var reader = new LogFileReader(StorageFixture.LogDirectory, _fixture.Files);
        Assert.Single(reader.ReadBatches());
        Assert.Equal((0, (bytes.Length / 2) - 3L), (reader.Problems.Count, reader.UnfinishedBytes));

        bytes[^1] ^= 1;
        bytes[16] = 9;
        _fixture.Files.WriteFile(path, bytes);
        Assert.Empty(reader.ReadBatches());
        Assert.Contains("Malformed at byte 0", Assert.Single(reader.Problems));
        bytes[16] = 2;
        _fixture.Files.WriteFile(path, bytes);
        Assert.Equal(2, reader.ReadBatches().Count());
        Assert.Contains("wrong checksum", reader.Problems[^1]);
    }

    [Fact]
    public async Task Dump_prints_all_that_a_log_consists_of()
    {
        _fixture.Settings = LogSettings.Default with { IndexIntervalBytes = 0 };
        _fixture.Start();
        _fixture.Append(4, "hello");
        _fixture.Append(StorageFixture.Builder(2000, "x", "y").Build(producerId: 12, producerEpoch: 1, baseSequence: 0), 5);
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(1));

        var output = new StringWriter { NewLine = "\n" };
        Assert.True(new LogDump(output, printRecords: true, _fixture.Files).Print(StorageFixture.LogDirectory));
        var text = output.ToString();
        Assert.Equal(
            """
            /data/topic-0
            topic id: AAAAAQACAAMEBQYHCAkKCw
            leader-epoch-checkpoint
              epoch: 4 startOffset: 0
              epoch: 5 startOffset: 1
            00000000000000000000.log
              baseOffset: 0 lastOffset: 0 count: 1 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 partitionLeaderEpoch: 4 isTransactional: false isControl: false position: 0 CreateTime: 1000 size: 73 magic: 2 compresscodec: none crc: CRC isvalid: true
              | offset: 0 timestamp: 1000 key: null value: hello headers: 0
              baseOffset: 1 lastOffset: 2 count: 2 baseSequence: 0 lastSequence: 1 producerId: 12 producerEpoch: 1 partitionLeaderEpoch: 5 isTransactional: false isControl: false position: 73 CreateTime: 2001 size: 77 magic: 2 compresscodec: none crc: CRC isvalid: true
              | offset: 1 timestamp: 2000 key: null value: x headers: 0
              | offset: 2 timestamp: 2001 key: null value: y headers: 0
            00000000000000000000.index
              offset: 2 position: 73
            00000000000000000000.timeindex
              timestamp: 2001 offset: 2
            00000000000000000003.snapshot
              producerId: 12 producerEpoch: 1 lastSequence: 1 batches: 1 currentTxnFirstOffset: none

            """,
            System.Text.RegularExpressions.Regex.Replace(text, @"crc: \d+", "crc: CRC"));
    }

    [Fact]
    public void Dump_says_where_a_log_is_damaged_and_refuses_what_is_none()
    {
        _fixture.Start();
        _fixture.Append(1, "a");
        var path = _fixture.PathOf("00000000000000000000.log");
        var bytes = _fixture.Files.ReadFile(path);
        bytes[^1] ^= 1;
        _fixture.Files.WriteFile(path, bytes);
        var output = new StringWriter();
        var dump = new LogDump(output, files: _fixture.Files);
        Assert.False(dump.Print(path));
        Assert.Contains("isvalid: false", output.ToString());
        Assert.Contains("DAMAGED", output.ToString());
        Assert.Throws<AkkaReplication.Logs.StorageException>(() => dump.Print("/data"));
        Assert.Throws<AkkaReplication.Logs.StorageException>(() => dump.Print("/data/meta.properties"));
        Assert.Throws<AkkaReplication.Logs.StorageException>(() => dump.Print("/nowhere"));
    }
}
