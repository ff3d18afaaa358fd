using System.Buffers.Binary;
using System.Globalization;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>
/// Bytes that lie. Nothing but an <see cref="InvalidMessageException"/> comes of them, and no allocation beyond a multiple
/// of the bytes that are really there. AKKAREPL_PROTOCOL_INPUTS says how many inputs are tried.
/// </summary>
public sealed class FuzzTests
{
    // Bytes allocated per byte of input: an empty struct of three bytes on the wire has room for its fields in memory,
    // and its array was smaller before it grew.
    private const int MaxAllocatedPerByte = 64;
    private const int MaxAllocatedBesides = 16 * 1024;

    private static readonly int Inputs = int.Parse(
        Environment.GetEnvironmentVariable("AKKAREPL_PROTOCOL_INPUTS") ?? "60000", CultureInfo.InvariantCulture);

    [Fact]
    public void Whatever_the_bytes_are_reading_them_ends_with_a_message_or_with_one_kind_of_error()
    {
        var kinds = MessageKinds.All.ToArray();
        var perSeed = 200;
        var valid = 0L;
        var invalid = 0L;
        Seeds.Run(Math.Max(1, Inputs / perSeed), random =>
        {
            var kind = kinds[random.Next(kinds.Length)];
            var version = (short)random.Next(kind.Schema.Versions.Low, kind.Schema.Versions.High + 1);
            var good = MessageClass.Write(new RandomMessage(random, version).Make(kind), version);
            for (var i = 0; i < perSeed; i++)
            {
                if (Read(kind, Damage(good, random), version))
                    valid++;
                else
                    invalid++;
            }
        });
        Assert.True(valid > 0 && invalid > 0, $"{valid} inputs were messages, {invalid} were not");
    }

    [Fact]
    public void Whatever_the_frame_is_reading_a_request_ends_with_one_or_with_one_kind_of_error()
    {
        var perSeed = 200;
        Seeds.Run(Math.Max(1, Inputs / perSeed), random =>
        {
            for (var i = 0; i < perSeed; i++)
            {
                var frame = new byte[random.Next(200)];
                random.NextBytes(frame);
                if (frame.Length >= 4 && random.Next(8) != 0)
                {
                    BinaryPrimitives.WriteInt16BigEndian(frame, (short)random.Next(70));
                    BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(2), (short)random.Next(14));
                }

                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    var reader = new KafkaReader(frame);
                    var header = RequestHeader.Read(ref reader);
                    KafkaApis.ReadRequest(ref reader, header.ApiKey, header.ApiVersion);
                }
                catch (InvalidMessageException)
                {
                }

                AssertAllocated(before, frame.Length);
            }
        });
    }

    private static bool Read(MessageClass kind, byte[] bytes, short version)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        bool valid;
        try
        {
            kind.Read(bytes, version);
            valid = true;
        }
        catch (InvalidMessageException e)
        {
            Assert.Equal(ErrorCode.InvalidRequest, e.Error);
            valid = false;
        }

        AssertAllocated(before, bytes.Length);
        return valid;
    }

    private static void AssertAllocated(long before, int length)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(
            allocated <= ((long)length * MaxAllocatedPerByte) + MaxAllocatedBesides,
            $"{allocated} bytes were allocated for {length}");
    }

    private static byte[] Damage(byte[] good, Random random)
    {
        var bytes = (byte[])good.Clone();
        for (var times = random.Next(1, 4); times > 0 && bytes.Length > 0; times--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2 when at + 4 <= bytes.Length:
                    BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), Lie(random));
                    break;
                case 3 when at + 2 <= bytes.Length:
                    BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(at), (short)Lie(random));
                    break;
                case 4:
                    bytes.AsSpan(at, Math.Min(5, bytes.Length - at)).Fill(0xff);
                    break;
                default:
                    bytes = bytes[..at];
                    break;
            }
        }

        return bytes;
    }

    private static int Lie(Random random) => random.Next(6) switch
    {
        0 => -1,
        1 => -2,
        2 => int.MaxValue,
        3 => int.MinValue,
        4 => random.Next(100_000),
        _ => random.Next(),
    };
}
