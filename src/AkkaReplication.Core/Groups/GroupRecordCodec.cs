using System.Buffers;
using System.Collections.Immutable;

namespace AkkaReplication.Groups;

/// <summary>
/// Keys and values of __consumer_offsets, byte for byte as Kafka writes them: offsets with key 1 and value 3, groups with
/// key 2 and value 3. Also reads offsets with key 0 and value 1.
/// </summary>
public static class GroupRecordCodec
{
    private const short OldOffsetKey = 0;
    private const short OffsetKey = 1;
    private const short GroupKey = 2;
    private const short ExpiringOffsetValue = 1;
    private const short OffsetValue = 3;
    private const short GroupValue = 3;

    /// <summary>No member takes less: empty texts, two timeouts, empty bytes.</summary>
    private const int LeastMemberSizeBytes = 24;

    /// <exception cref="GroupRecordFormatException">A text is too long for the format.</exception>
    public static byte[] EncodeKey(GroupRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        var writer = new ClassicWriter(buffer);
        switch (record)
        {
            case OffsetRecord offset:
                writer.Int16(OffsetKey);
                writer.Text(offset.GroupId);
                writer.Text(offset.Partition.Topic);
                writer.Int32(offset.Partition.Partition);
                break;
            default:
                writer.Int16(GroupKey);
                writer.Text(record.GroupId);
                break;
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <returns>Null for a tombstone.</returns>
    /// <exception cref="GroupRecordFormatException">A text is too long for the format.</exception>
    public static byte[]? EncodeValue(GroupRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        switch (record)
        {
            case OffsetRecord { Value: { } offset }:
                Write(new ClassicWriter(buffer), offset);
                break;
            case GroupMetadataRecord { Value: { } group }:
                Write(new ClassicWriter(buffer), group);
                break;
            default:
                return null;
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What a record of the log says; parts of it may refer to <paramref name="value"/>.</summary>
    /// <param name="valueIsNull">It is a tombstone.</param>
    /// <returns>Null for a kind of key that this version does not know: it is to be skipped.</returns>
    /// <exception cref="GroupRecordFormatException">It is damaged, or its value is of a version unknown here.</exception>
    public static GroupRecord? Decode(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, bool valueIsNull)
    {
        var reader = new ClassicReader(key);
        switch (reader.Int16())
        {
            case OldOffsetKey or OffsetKey:
                var groupId = reader.Text();
                var partition = new TopicPartition(reader.Text(), reader.Int32());
                return new OffsetRecord(groupId, partition, valueIsNull ? null : ReadOffset(value));
            case GroupKey:
                return new GroupMetadataRecord(reader.Text(), valueIsNull ? null : ReadGroup(value));
            default:
                return null;
        }
    }

    private static void Write(ClassicWriter writer, CommittedOffset offset)
    {
        var expires = offset.ExpireTimestampMs >= 0;
        writer.Int16(expires ? ExpiringOffsetValue : OffsetValue);
        writer.Int64(offset.Offset);
        if (!expires)
            writer.Int32(offset.LeaderEpoch.Value);
        writer.Text(offset.Metadata);
        writer.Int64(offset.CommitTimestampMs);
        if (expires)
            writer.Int64(offset.ExpireTimestampMs);
    }

    private static CommittedOffset ReadOffset(ReadOnlyMemory<byte> value)
    {
        var reader = new ClassicReader(value);
        return reader.Int16() switch
        {
            ExpiringOffsetValue => new CommittedOffset(
                reader.Int64(), LeaderEpoch.None, reader.Text(), reader.Int64(), reader.Int64()),
            OffsetValue => new CommittedOffset(
                reader.Int64(), new LeaderEpoch(reader.Int32()), reader.Text(), reader.Int64()),
            var other => throw new GroupRecordFormatException(
                $"An offset has version {other}; {ExpiringOffsetValue} and {OffsetValue} can be read."),
        };
    }

    private static void Write(ClassicWriter writer, GroupMetadata group)
    {
        writer.Int16(GroupValue);
        writer.Text(group.ProtocolType);
        writer.Int32(group.Generation);
        writer.NullableText(group.Protocol);
        writer.NullableText(group.LeaderId);
        writer.Int64(group.StateTimestampMs);
        writer.Int32(group.Members.Length);
        foreach (var member in group.Members)
            Write(writer, member);
    }

    private static void Write(ClassicWriter writer, StoredMember member)
    {
        writer.Text(member.MemberId);
        writer.NullableText(member.GroupInstanceId);
        writer.Text(member.ClientId);
        writer.Text(member.ClientHost);
        writer.Int32(member.RebalanceTimeoutMs);
        writer.Int32(member.SessionTimeoutMs);
        writer.Bytes(member.Subscription.Span);
        writer.Bytes(member.Assignment.Span);
    }

    private static GroupMetadata ReadGroup(ReadOnlyMemory<byte> value)
    {
        var reader = new ClassicReader(value);
        var version = reader.Int16();
        if (version != GroupValue)
            throw new GroupRecordFormatException($"A group has version {version}; {GroupValue} can be read.");

        return new GroupMetadata(
            reader.Text(),
            reader.Int32(),
            reader.NullableText(),
            reader.NullableText(),
            reader.Int64(),
            ReadMembers(ref reader));
    }

    private static ImmutableArray<StoredMember> ReadMembers(ref ClassicReader reader)
    {
        var count = reader.Count(LeastMemberSizeBytes);
        var members = ImmutableArray.CreateBuilder<StoredMember>(count);
        for (var i = 0; i < count; i++)
        {
            members.Add(new StoredMember(
                reader.Text(),
                reader.NullableText(),
                reader.Text(),
                reader.Text(),
                reader.Int32(),
                reader.Int32(),
                reader.Bytes(),
                reader.Bytes()));
        }

        return members.MoveToImmutable();
    }
}
