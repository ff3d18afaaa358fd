using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Metadata;

public sealed class MetadataRecordCodecTests
{
    private static readonly TopicId T = new(Guid.Parse("01020304-0506-0708-090a-0b0c0d0e0f10"));
    private static readonly Guid G = Guid.Parse("a1a2a3a4-a5a6-a7a8-a9aa-abacadaeafb0");

    /// <summary>Every kind, with every optional member there and missing, and the bytes that are a promise to old files.</summary>
    public static TheoryData<MetadataRecord, string> Records => new()
    {
        { new NoOpRecord(new(7)), "010100000007" },
        {
            new RegisterBrokerRecord(new(3), G, new(9), "r1", [G]),
            "020100000003A1A2A3A4A5A6A7A8A9AAABACADAEAFB00000000000000009000000027231" +
            "00000001A1A2A3A4A5A6A7A8A9AAABACADAEAFB0"
        },
        {
            new RegisterBrokerRecord(new(3), G, new(9), null, []),
            "020100000003A1A2A3A4A5A6A7A8A9AAABACADAEAFB00000000000000009FFFFFFFF00000000"
        },
        {
            new RegisterBrokerRecord(new(3), G, new(9), null, []) { Endpoints = [new("P", "h1", 9092)] },
            "020200000003A1A2A3A4A5A6A7A8A9AAABACADAEAFB00000000000000009FFFFFFFF00000000" +
            "00000001" + "0000000150" + "000000026831" + "00002384"
        },
        { new BrokerChangeRecord(new(3), new(9), true, null), "030100000003000000000000000901" + "02FFFFFFFFFFFFFFFFFFFFFFFF" },
        {
            new BrokerChangeRecord(new(3), new(9), null, false, [new(T, 5)], 77),
            "030100000003000000000000000902" + "0000000001" + "0102030405060708090A0B0C0D0E0F1000000005" + "000000000000004D"
        },
        { new TopicRecord("orders", T), "0401000000066F72646572730102030405060708090A0B0C0D0E0F10" },
        { new RemoveTopicRecord(T), "05010102030405060708090A0B0C0D0E0F10" },
        {
            new PartitionRecord(T, 2, [new(1), new(2)], [new(1)], new(1), 2)
            {
                Elr = [new(2)],
                LastKnownElr = [],
                LeaderEpoch = new(4),
                PartitionEpoch = new(6),
                RecoveryState = LeaderRecoveryState.Recovering,
            },
            "06010102030405060708090A0B0C0D0E0F1000000002" + "000000020000000100000002" + "0000000100000001" +
            "0000000100000002" + "00000000" + "00000001" + "00000004" + "00000006" + "01" + "00000002"
        },
        {
            new PartitionChangeRecord(T, 2),
            "07010102030405060708090A0B0C0D0E0F1000000002" + "FFFFFFFF" + "02" + "FFFFFFFF" + "FFFFFFFF" + "FF" + "FFFFFFFF"
        },
        {
            new PartitionChangeRecord(T, 2, [], BrokerId.None, [new(1)], [new(2)], LeaderRecoveryState.Recovered, 3),
            "07010102030405060708090A0B0C0D0E0F1000000002" + "00000000" + "00" + "0000000100000001" + "0000000100000002" + "00" + "00000003"
        },
        {
            new PartitionChangeRecord(T, 2, Leader: new BrokerId(8)),
            "07010102030405060708090A0B0C0D0E0F1000000002" + "FFFFFFFF" + "0100000008" + "FFFFFFFF" + "FFFFFFFF" + "FF" + "FFFFFFFF"
        },
        { new TopicConfigRecord(T, "a", "b"), "08010102030405060708090A0B0C0D0E0F1000000001610000000162" },
        { new TopicConfigRecord(T, "a", null), "08010102030405060708090A0B0C0D0E0F100000000161FFFFFFFF" },
        { new ProducerIdsRecord(new(3), new(9), 2000), "090100000003000000000000000900000000000007D0" },
        { new MetadataVersionRecord(1), "0A010001" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void Every_record_has_its_bytes_and_comes_back_from_them(MetadataRecord record, string hex)
    {
        var bytes = MetadataRecordCodec.Encode(record);

        Assert.Equal(hex, Convert.ToHexString(bytes));
        Assert.Equal(hex, Convert.ToHexString(MetadataRecordCodec.Encode(MetadataRecordCodec.Decode(bytes))));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Bytes_that_are_cut_or_go_on_are_refused(MetadataRecord record, string hex)
    {
        var bytes = MetadataRecordCodec.Encode(record);
        Assert.Equal(hex.Length / 2, bytes.Length);

        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<MetadataFormatException>(() => MetadataRecordCodec.Decode(bytes.AsSpan(0, length)));
        Assert.Throws<MetadataFormatException>(() => MetadataRecordCodec.Decode([.. bytes, 0]));
    }

    [Fact]
    public void An_unknown_kind_and_a_newer_version_are_refused_by_name()
    {
        var kind = Assert.Throws<MetadataFormatException>(() => MetadataRecordCodec.Decode([200, 1]));
        Assert.Contains("kind 200", kind.Message, StringComparison.Ordinal);
        var version = Assert.Throws<MetadataFormatException>(() => MetadataRecordCodec.Decode([7, 2]));
        Assert.Contains("PartitionChange", version.Message, StringComparison.Ordinal);
        Assert.Throws<MetadataFormatException>(() => MetadataRecordCodec.DecodeBatch([9]));
        Assert.Throws<MetadataFormatException>(() => MetadataRecordCodec.DecodeSnapshot([9]));
    }

    [Fact]
    public void A_length_that_cannot_be_is_refused_before_anything_is_allocated()
    {
        byte[] batch = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF];

        Assert.Throws<MetadataFormatException>(() => MetadataRecordCodec.DecodeBatch(batch));
    }

    [Fact]
    public void Random_damage_is_refused_or_read_never_anything_else()
    {
        var random = new Random(4711);
        var batch = MetadataRecordCodec.Encode(new MetadataBatch(
            new(3), 17, [.. Records.Select(r => (MetadataRecord)((object[])r)[0])]));
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = (byte[])batch.Clone();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                MetadataRecordCodec.DecodeBatch(damaged);
            }
            catch (MetadataFormatException)
            {
            }
        }
    }
}
