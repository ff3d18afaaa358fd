using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Checkpoints;

namespace AkkaReplication.Storage.Tests.Checkpoints;

/// <summary>Bytes on disk, laid out by hand from Kafka's formats.</summary>
public sealed class FormatTests
{
    private readonly StorageFixture _fixture = new();

    [Fact]
    public async Task Files_of_a_data_directory_are_Kafkas()
    {
        _fixture.Start();
        _fixture.Append(3, "a");
        _fixture.Append(5, "b");
        _fixture.Log.CheckpointHighWatermark(1);
        _fixture.Log.AdvanceLogStart(1);
        await _fixture.Session.CloseCleanlyAsync(new BrokerEpoch(9));

        Assert.Equal(
            [".akkarepl_life", ".kafka_cleanshutdown", ".lock", "log-start-offset-checkpoint", "meta.properties",
                "recovery-point-offset-checkpoint", "replication-offset-checkpoint"],
            _fixture.Files.ListFiles("/data"));
        Assert.Equal("0\n1\ntopic 0 1\n", Text("/data/replication-offset-checkpoint"));
        Assert.Equal("0\n1\ntopic 0 2\n", Text("/data/recovery-point-offset-checkpoint"));
        Assert.Equal("0\n1\ntopic 0 1\n", Text("/data/log-start-offset-checkpoint"));
        Assert.Equal(
            "cluster.id=cluster\ndirectory.id=AAAAAQAAAAAAAAAAAAAAAQ\nnode.id=1\nversion=1\n", Text("/data/meta.properties"));
        Assert.Equal(
            ["00000000000000000000.index", "00000000000000000000.log", "00000000000000000000.timeindex",
                "00000000000000000002.snapshot", "leader-epoch-checkpoint", "partition.metadata"],
            _fixture.Files.ListFiles("/data/topic-0"));
        Assert.Equal("0\n1\n5 1\n", Text("/data/topic-0/leader-epoch-checkpoint"));
        Assert.Equal("version: 0\ntopic_id: AAAAAQACAAMEBQYHCAkKCw", Text("/data/topic-0/partition.metadata"));
    }

    [Fact]
    public void Indexes_have_Kafkas_entries()
    {
        _fixture.Settings = LogSettings.Default with { IndexIntervalBytes = 0, SegmentBytes = 350 };
        _fixture.Start();
        _fixture.Log.TruncateFullyAndStartAt(1000, new ProducerStates());
        byte[][] batches = [.. Enumerable.Range(0, 5).Select(i => StorageFixture.Builder(500 + (10 * i), "x", "y").Build())];
        foreach (var batch in batches)
            _fixture.Append(batch, 1);

        // The interval is counted between entries: the first batch gets none. Entries name a batch's last offset and first byte.
        var size = batches[0].Length;
        Assert.True(4 * size <= 350 && 5 * size > 350);
        var expectedOffsets = "";
        var expectedTimes = "";
        for (var i = 1; i < 4; i++)
        {
            expectedOffsets += $"{(2 * i) + 1:X8}{i * size:X8}";
            expectedTimes += $"{501 + (10 * i):X16}{(2 * i) + 1:X8}";
        }

        Assert.Equal(expectedOffsets, Convert.ToHexString(_fixture.Files.ReadFile(_fixture.PathOf("00000000000000001000.index"))));
        Assert.Equal(expectedTimes, Convert.ToHexString(_fixture.Files.ReadFile(_fixture.PathOf("00000000000000001000.timeindex"))));
    }

    [Fact]
    public void Rolled_segment_ends_its_time_index_with_the_largest_timestamp()
    {
        _fixture.Settings = LogSettings.Default with { SegmentBytes = 200 };
        _fixture.Start();
        foreach (var time in (long[])[700, 900, 800])
            _fixture.Append(StorageFixture.Builder(time, "a").Build(), 1);
        Assert.Equal(2, _fixture.Log.SegmentCount);
        Assert.Equal($"{900:X16}{1:X8}", Convert.ToHexString(_fixture.Files.ReadFile(_fixture.PathOf("00000000000000000000.timeindex"))));
    }

    [Fact]
    public void Uuids_are_written_as_Kafka_writes_them()
    {
        // Kafka's Uuid.METADATA_TOPIC_ID is (0, 1), its text AAAAAAAAAAAAAAAAAAAAAQ.
        var id = new Guid("00000000-0000-0000-0000-000000000001");
        Assert.Equal("AAAAAAAAAAAAAAAAAAAAAQ", KafkaUuid.Format(id));
        Assert.True(KafkaUuid.TryParse("AAAAAAAAAAAAAAAAAAAAAQ", out var parsed));
        Assert.Equal(id, parsed);
        foreach (var wrong in (string[])["", "AAAA", "AAAAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAAAQ=="])
            Assert.False(KafkaUuid.TryParse(wrong, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1\n0\n")]
    [InlineData("0\n1\n")]
    [InlineData("0\n2\n1 0\n")]
    [InlineData("0\n1\n1 0")]
    [InlineData("0\n1\n1 0 7\n")]
    [InlineData("0\n1\n-1 0\n")]
    [InlineData("0\n2\n2 0\n1 5\n")]
    public void Malformed_checkpoint_is_an_error_and_never_an_empty_one(string content)
    {
        _fixture.Files.CreateDirectory("/x");
        _fixture.Files.WriteFile("/x/leader-epoch-checkpoint", Encoding.UTF8.GetBytes(content));
        Assert.Throws<StorageException>(() => EpochCheckpoint.Read(_fixture.Files, "/x"));
    }

    [Fact]
    public void Meta_properties_of_Kafka_itself_are_read()
    {
        _fixture.Files.CreateDirectory("/x");
        _fixture.Files.WriteFile(
            "/x/meta.properties",
            "#\n#Tue Jan 01 00:00:00 UTC 2030\ncluster.id=5L6g3nShT-eMCtK--X86sw\nversion=1\ndirectory.id=AAAAAQAAAAAAAAAAAAAAAQ\nnode.id=3\n"u8);
        var properties = MetaProperties.Read(_fixture.Files, "/x")!;
        Assert.Equal(("5L6g3nShT-eMCtK--X86sw", new BrokerId(3)), (properties.ClusterId, properties.NodeId));
        Assert.Equal(new Guid(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), properties.DirectoryId);
    }

    [Fact]
    public void Segment_holds_a_hand_made_batch_with_its_stamp()
    {
        _fixture.Start();
        _fixture.Log.TruncateFullyAndStartAt(0x1122, new ProducerStates());
        var batch = Convert.FromHexString(
            "0000000000000000" + "00000039" + "FFFFFFFF" + "02" + "CCCCCCCC" + // offset 0, length 57, no epoch, magic 2, crc
            "0000" + "00000000" + "00000000000003E8" + "00000000000003E8" + // attributes, last delta, timestamps 1000
            "FFFFFFFFFFFFFFFF" + "FFFF" + "FFFFFFFF" + "00000001" + // no producer, one record
            "0E" + "00" + "00" + "00" + "01" + "02" + "61" + "00"); // length 7, null key, value "a", no headers
        RecordBatch.SetProducer(batch, -1, -1, -1);
        Assert.Null(BatchValidation.Check(batch, BatchLimits.Default, out var header));
        _fixture.Log.AppendAsLeader(batch, header, new LeaderEpoch(0x33), null);

        var stored = Convert.ToHexString(_fixture.Files.ReadFile(_fixture.PathOf("00000000000000004386.log")));
        Assert.Equal("0000000000001122" + "00000039" + "00000033" + Convert.ToHexString(batch)[32..], stored);
    }

    private string Text(string path) => Encoding.UTF8.GetString(_fixture.Files.ReadFile(path));
}
