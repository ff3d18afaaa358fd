namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>What was written is read as it was, in every version of every message.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string> Names => MessageKinds.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_written_is_read(string name)
    {
        var kind = MessageKinds.Of(name);
        Seeds.Run(10, random =>
        {
            foreach (var version in kind.Versions)
            {
                var message = new RandomMessage(random, version).Make(kind);
                var bytes = MessageClass.Write(message, version);
                var (read, length) = kind.ReadFrom(bytes, version);
                Assert.Equal(bytes.Length, length);
                MessageFields.AssertRead(message, read, kind.Message.Fields, kind.Schema, version);
                Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(MessageClass.Write(read, version)));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bytes_behind_a_message_are_left_unread(string name)
    {
        var kind = MessageKinds.Of(name);
        Seeds.Run(2, random =>
        {
            foreach (var version in kind.Versions)
            {
                var bytes = MessageClass.Write(new RandomMessage(random, version).Make(kind), version);
                var (_, length) = kind.ReadFrom((byte[])[.. bytes, 1, 2, 3], version);
                Assert.Equal(bytes.Length, length);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_cut_off_anywhere_is_invalid(string name)
    {
        var kind = MessageKinds.Of(name);
        Seeds.Run(1, random =>
        {
            foreach (var version in kind.Versions)
            {
                var bytes = MessageClass.Write(new RandomMessage(random, version).Make(kind), version);
                var step = Math.Max(1, bytes.Length / 500);
                for (var length = 0; length < bytes.Length; length += length < 500 ? 1 : step)
                {
                    var error = Assert.Throws<InvalidMessageException>(() => kind.Read(bytes.AsMemory(0, length), version));
                    Assert.Equal(ErrorCode.InvalidRequest, error.Error);
                    Assert.Equal((name, version), (error.MessageName, error.Version));
                    Assert.Contains(error.Field, error.Message, StringComparison.Ordinal);
                }
            }
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_version_that_does_not_exist_is_neither_read_nor_written(string name)
    {
        var kind = MessageKinds.Of(name);
        var lowest = kind.Versions.First();
        var message = new RandomMessage(new Random(1), lowest).Make(kind);
        var bytes = MessageClass.Write(message, lowest);
        foreach (var version in new[] { lowest - 1, kind.Versions.Last() + 1, short.MinValue, short.MaxValue })
        {
            var reading = Assert.Throws<InvalidMessageException>(() => kind.Read(bytes, (short)version));
            var writing = Assert.Throws<ReplicationException>(() => MessageClass.Write(message, (short)version));
            Assert.Equal((ErrorCode.UnsupportedVersion, ErrorCode.UnsupportedVersion), (reading.Error, writing.Error));
        }
    }
}
