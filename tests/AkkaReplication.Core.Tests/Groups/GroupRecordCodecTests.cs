using AkkaReplication.Groups;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>The bytes of __consumer_offsets, field by field as Kafka's formats have them.</summary>
public class GroupRecordCodecTests
{
    private static readonly OffsetRecord Offset = new(
        "g1",
        new TopicPartition("orders", 7),
        new CommittedOffset(0x0102030405060708, new LeaderEpoch(9), "m\u00e9", 0x11223344));

    private static readonly GroupMetadataRecord Group = new(
        "g1",
        new GroupMetadata(
            "consumer",
            5,
            "range",
            "a-1",
            0x0A0B0C,
            [
                new StoredMember("a-1", null, "a", "/1.2.3.4", 300_000, 45_000, new byte[] { 1, 2 }, new byte[] { 3 }),
                new StoredMember("b-2", "inst", "b", "/h", 60_000, 10_000, Array.Empty<byte>(), Array.Empty<byte>()),
            ]));

    [Fact]
    public void An_offset_has_kafkas_key_1_and_value_3()
    {
        Assert.Equal("0001" + "00026731" + "00066f7264657273" + "00000007", Hex(GroupRecordCodec.EncodeKey(Offset)));
        Assert.Equal(
            "0003" + "0102030405060708" + "00000009" + "00036dc3a9" + "0000000011223344",
            Hex(GroupRecordCodec.EncodeValue(Offset)));
    }

    [Fact]
    public void A_group_has_kafkas_key_2_and_value_3()
    {
        Assert.Equal("0002" + "00026731", Hex(GroupRecordCodec.EncodeKey(Group)));
        Assert.Equal(
            "0003" + "0008636f6e73756d6572" + "00000005" + "000572616e6765" + "0003612d31" + "00000000000a0b0c"
            + "00000002"
            + "0003612d31" + "ffff" + "000161" + "00082f312e322e332e34" + "000493e0" + "0000afc8"
            + "00000002" + "0102" + "00000001" + "03"
            + "0003622d32" + "0004696e7374" + "000162" + "00022f68" + "0000ea60" + "00002710"
            + "00000000" + "00000000",
            Hex(GroupRecordCodec.EncodeValue(Group)));
    }

    [Fact]
    public void An_empty_group_has_no_protocol_and_no_leader()
    {
        var empty = new GroupMetadataRecord("g1", new GroupMetadata("consumer", 6, null, null, -1, []));
        Assert.Equal(
            "0003" + "0008636f6e73756d6572" + "00000006" + "ffff" + "ffff" + "ffffffffffffffff" + "00000000",
            Hex(GroupRecordCodec.EncodeValue(empty)));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void What_is_written_can_be_read(GroupRecord record)
    {
        var key = GroupRecordCodec.EncodeKey(record);
        var read = Decode(key, GroupRecordCodec.EncodeValue(record))!;

        Assert.Equal(record.GetType(), read.GetType());
        Assert.Equal(key, GroupRecordCodec.EncodeKey(read));
        Assert.Equal(GroupRecordCodec.EncodeValue(record), GroupRecordCodec.EncodeValue(read));
    }

    public static TheoryData<GroupRecord> Records => new()
    {
        Offset,
        Offset with { Value = null },
        Offset with { Value = new CommittedOffset(4, LeaderEpoch.None, "", 5, ExpireTimestampMs: 6) },
        Group,
        Group with { Value = null },
        Group with { Value = Group.Value! with { Protocol = null, LeaderId = null, Members = [] } },
    };

    [Fact]
    public void An_offset_of_value_version_1_brings_its_own_expiry()
    {
        var value = Bytes("0001" + "0000000000000004" + "00016d" + "0000000000000005" + "0000000000000006");
        var offset = Assert.IsType<OffsetRecord>(Decode(GroupRecordCodec.EncodeKey(Offset), value));
        Assert.Equal(new CommittedOffset(4, LeaderEpoch.None, "m", 5, 6), offset.Value);
    }

    [Fact]
    public void The_oldest_key_of_an_offset_is_read_too()
    {
        var key = GroupRecordCodec.EncodeKey(Offset);
        key[1] = 0;
        var offset = Assert.IsType<OffsetRecord>(Decode(key, GroupRecordCodec.EncodeValue(Offset)));
        Assert.Equal(Offset, offset);
    }

    [Fact]
    public void Keys_of_a_kind_unknown_here_are_skipped() =>
        Assert.Null(Decode(Bytes("0003" + "ff"), Bytes("00")));

    [Fact]
    public void A_tombstone_has_no_value() =>
        Assert.Null(GroupRecordCodec.EncodeValue(Offset with { Value = null }));

    [Fact]
    public void A_value_of_a_version_unknown_here_is_refused_by_name()
    {
        var error = Assert.Throws<GroupRecordFormatException>(
            () => Decode(GroupRecordCodec.EncodeKey(Group), Bytes("0009")));
        Assert.Contains("version 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_of_a_record_is_refused_and_nothing_is_read_beyond_it()
    {
        foreach (var record in new GroupRecord[] { Offset, Group })
        {
            var key = GroupRecordCodec.EncodeKey(record);
            var value = GroupRecordCodec.EncodeValue(record)!;
            for (var i = 0; i < value.Length; i++)
                Assert.Throws<GroupRecordFormatException>(() => Decode(key, value[..i]));
            for (var i = 0; i < key.Length; i++)
                Assert.Throws<GroupRecordFormatException>(() => Decode(key.AsMemory(0, i), value));
        }
    }

    [Fact]
    public void A_count_that_lies_allocates_nothing()
    {
        var value = GroupRecordCodec.EncodeValue(Group with { Value = Group.Value! with { Members = [] } })!;
        value[^4] = 0x7f;
        Assert.Throws<GroupRecordFormatException>(
            () => Decode(GroupRecordCodec.EncodeKey(Group), value));
    }

    [Fact]
    public void A_text_beyond_the_formats_limit_is_refused() =>
        Assert.Throws<GroupRecordFormatException>(
            () => GroupRecordCodec.EncodeKey(new GroupMetadataRecord(new string('x', 32_768), null)));

    private static GroupRecord? Decode(ReadOnlyMemory<byte> key, byte[]? value) =>
        GroupRecordCodec.Decode(key, value, value is null);

    private static string Hex(byte[]? bytes) => Convert.ToHexStringLower(bytes!);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
