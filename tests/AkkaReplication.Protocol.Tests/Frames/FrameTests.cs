using System.Buffers;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Protocol.Tests.Frames;

public sealed class FrameTests
{
    [Fact]
    public void A_frame_is_taken_from_what_was_received_whole_or_not_at_all()
    {
        var received = Received(SplitAt(2, [0, 0, 0, 3, 7, 8, 9, 0, 0, 0, 0, 1]));

        Assert.True(KafkaFrames.TryRead(ref received, 100, out var frame, out var missing));
        Assert.Equal([7, 8, 9], frame.ToArray());
        Assert.Equal(0, missing);

        Assert.True(KafkaFrames.TryRead(ref received, 100, out frame, out _));
        Assert.True(frame.IsEmpty);

        Assert.False(KafkaFrames.TryRead(ref received, 100, out _, out missing));
        Assert.Equal((1, 3), (received.Length, missing));
    }

    [Fact]
    public void Of_a_frame_that_is_not_whole_it_is_known_how_much_is_missing()
    {
        var received = Received(new byte[] { 0, 0, 1, 0, 5 });

        Assert.False(KafkaFrames.TryRead(ref received, 1000, out _, out var missing));
        Assert.Equal(255, missing);
        Assert.Equal(5, received.Length);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x80, 0, 0, 0 })]
    [InlineData(new byte[] { 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0, 0, 0, 101 })]
    public void A_frame_of_a_negative_or_too_large_size_is_refused(byte[] bytes)
    {
        var error = Assert.Throws<InvalidMessageException>(() =>
        {
            var received = Received(bytes);
            KafkaFrames.TryRead(ref received, 100, out _, out _);
        });
        Assert.Contains("accepted are 0 to 100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_records_are_sent_from_where_they_are_and_few_are_copied()
    {
        var few = new byte[FrameBuffer.PassThroughSize - 1];
        var many = new byte[FrameBuffer.PassThroughSize];
        new Random(1).NextBytes(few);
        new Random(2).NextBytes(many);
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 1000,
            Topics =
            [
                new() { Name = "a", Partitions = [new() { Index = 0, Records = few }, new() { Index = 1, Records = many }] },
                new() { Name = "b", Partitions = [new() { Index = 2, Records = many }] },
            ],
        };
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteRequest(buffer, 11, 42, "me", request);

        var segments = new List<ReadOnlyMemory<byte>>();
        buffer.GetSegments(segments);

        Assert.Equal(2, segments.Count(s => s.Equals(many)));
        Assert.DoesNotContain(segments, s => s.IsEmpty);
        Assert.InRange(segments.Count, 4, buffer.SegmentCount);
        Assert.Equal(buffer.Length, segments.Sum(s => (long)s.Length));
        Assert.Equal(buffer.ToArray(), segments.SelectMany(s => s.ToArray()));
        var read = ReadRequest(buffer.ToArray(), out var header);
        Assert.Equal(new RequestHeader(ApiKey.Produce, 11, 42, "me"), header);
        Assert.Equal(many, ((ProduceRequest)read).Topics[1].Partitions[0].Records!.Value.ToArray());
        Assert.Equal(few, ((ProduceRequest)read).Topics[0].Partitions[0].Records!.Value.ToArray());
    }

    [Fact]
    public void Records_that_were_read_are_a_slice_of_the_frame()
    {
        var frame = Request(9, new ProduceRequest
        {
            Topics = [new() { Name = "a", Partitions = [new() { Records = new byte[] { 1, 2, 3 } }] }],
        });

        var records = ((ProduceRequest)ReadRequest(frame, out _)).Topics[0].Partitions[0].Records!.Value;
        var at = frame.AsSpan().IndexOf((ReadOnlySpan<byte>)[1, 2, 3]);
        frame[at] = 77;

        Assert.Equal([77, 2, 3], records.ToArray());
    }

    [Fact]
    public void Several_frames_in_one_buffer_have_their_own_sizes()
    {
        using var buffer = new FrameBuffer(16);
        var first = new FetchResponse { Topics = [Topic(new byte[5000])] };
        KafkaFrames.WriteResponse(buffer, 12, 1, first);
        KafkaFrames.WriteResponse(buffer, 12, 2, new FetchResponse { Topics = [Topic(new byte[3])] });

        var received = Received(buffer.ToArray());
        Assert.True(KafkaFrames.TryRead(ref received, int.MaxValue, out var one, out _));
        Assert.True(KafkaFrames.TryRead(ref received, int.MaxValue, out var two, out _));
        Assert.True(received.IsEmpty);
        Assert.Equal(5000, ReadFetch(one.ToArray(), 12, out var id)[0].Partitions[0].Records!.Value.Length);
        Assert.Equal(1, id);
        Assert.Equal(3, ReadFetch(two.ToArray(), 12, out id)[0].Partitions[0].Records!.Value.Length);
        Assert.Equal(2, id);
    }

    [Fact]
    public void A_message_that_cannot_be_written_leaves_no_trace_in_the_buffer()
    {
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteResponse(buffer, 4, 1, new FetchResponse { Topics = [Topic(new byte[2000])] });
        var before = buffer.ToArray();
        var late = new FetchResponse { Topics = [Topic(new byte[2000]), Topic([]) with { Topic = null! }] };

        var error = Assert.Throws<ReplicationException>(() => KafkaFrames.WriteResponse(buffer, 4, 2, late));

        Assert.Equal(ErrorCode.UnsupportedVersion, error.Error);
        Assert.Contains("FetchResponse version 4, topics.topic", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, buffer.ToArray());
        KafkaFrames.WriteResponse(buffer, 4, 1, new FetchResponse { Topics = [Topic(new byte[2000])] });
        Assert.Equal((byte[])[.. before, .. before], buffer.ToArray());
    }

    [Fact]
    public void A_cleared_buffer_starts_anew()
    {
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteResponse(buffer, 4, 1, new FetchResponse { Topics = [Topic(new byte[2000])] });
        buffer.Clear();
        Assert.Equal(0, buffer.Length);

        KafkaFrames.WriteResponse(buffer, 0, 9, new ApiVersionsResponse());
        Assert.Equal("0000000A" + "00000009" + "0000" + "00000000", Convert.ToHexString(buffer.ToArray()));
    }

    [Fact]
    public void A_tagged_field_of_any_size_has_its_size_before_it()
    {
        foreach (var length in new[] { 0, 1, 120, 125, 126, 127, 128, 129, 16_380, 16_384, 70_000 })
        {
            // The smallest buffer, so that every write may have to make it grow.
            using var buffer = new FrameBuffer(1);
            var request = new FetchRequest { ClusterId = new string('c', length), ReplicaState = new() { ReplicaId = 3, ReplicaEpoch = 4 } };
            KafkaFrames.WriteRequest(buffer, 16, 1, null, request);

            var read = (FetchRequest)ReadRequest(buffer.ToArray()[4..], out _);
            Assert.Equal(request.ClusterId, read.ClusterId);
            Assert.Equal((3, 4L), (read.ReplicaState!.Value.ReplicaId, read.ReplicaState.Value.ReplicaEpoch));
        }
    }

    [Fact]
    public void Of_a_request_that_is_not_supported_only_the_first_fields_are_read()
    {
        foreach (var (key, version) in new[] { (18, 9), (999, 0), (0, -1), (-5, 0), (short.MinValue, short.MinValue) })
        {
            var reader = new KafkaReader(new byte[] { (byte)(key >> 8), (byte)key, (byte)(version >> 8), (byte)version, 0, 0, 0, 5, 0xff });
            var header = RequestHeader.Read(ref reader);

            Assert.False(header.IsSupported);
            Assert.Equal(new RequestHeader((ApiKey)key, (short)version, 5, null), header);
            Assert.Throws<InvalidMessageException>(() =>
            {
                var body = new KafkaReader(new byte[9]);
                KafkaApis.ReadRequest(ref body, header.ApiKey, header.ApiVersion);
            });
        }
    }

    [Fact]
    public void Names_that_come_again_are_the_same_string()
    {
        var strings = new StringCache();
        var frame = Request(9, new ProduceRequest { Topics = [new() { Name = "größe" }, new() { Name = new string('n', 300) }] });

        var first = Read(frame);
        var second = Read(frame);

        Assert.Equal("größe", first.Topics[0].Name);
        Assert.Same(first.Topics[0].Name, second.Topics[0].Name);
        Assert.Equal(first.Topics[1].Name, second.Topics[1].Name);

        ProduceRequest Read(byte[] bytes)
        {
            var reader = new KafkaReader(bytes.AsMemory(4), strings);
            RequestHeader.Read(ref reader);
            return ProduceRequest.Read(ref reader, 9);
        }
    }

    [Fact]
    public void A_cache_of_names_gives_every_name_its_own_text()
    {
        var strings = new StringCache();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 10_000; i++)
                Assert.Equal($"topic-{i}", strings.Get(System.Text.Encoding.UTF8.GetBytes($"topic-{i}")));
        }
    }

    private static byte[] Request(short version, IKafkaRequest request)
    {
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteRequest(buffer, version, 1, "client", request);
        return buffer.ToArray();
    }

    /// <param name="frame">With or without the size before it.</param>
    private static IKafkaRequest ReadRequest(byte[] frame, out RequestHeader header)
    {
        var withSize = frame.Length > 4 && frame[0] == 0 && ((frame[1] << 16) | (frame[2] << 8) | frame[3]) == frame.Length - 4;
        var reader = new KafkaReader(withSize ? frame.AsMemory(4) : frame);
        header = RequestHeader.Read(ref reader);
        return KafkaApis.ReadRequest(ref reader, header.ApiKey, header.ApiVersion);
    }

    private static FetchResponse.FetchTopic[] ReadFetch(byte[] frame, short version, out int correlationId)
    {
        var reader = new KafkaReader(frame);
        correlationId = ResponseHeader.Read(ref reader, ApiKey.Fetch, version).CorrelationId;
        return ((FetchResponse)KafkaApis.ReadResponse(ref reader, ApiKey.Fetch, version)).Topics;
    }

    private static FetchResponse.FetchTopic Topic(byte[] records) =>
        new() { Topic = "t", Partitions = [new() { Records = records }] };

    private static ReadOnlySequence<byte> Received(params byte[][] parts)
    {
        var first = new Part(parts[0], null);
        var last = parts[1..].Aggregate(first, (before, bytes) => new Part(bytes, before));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private static byte[][] SplitAt(int at, byte[] bytes) => [bytes[..at], bytes[at..]];

    private sealed class Part : ReadOnlySequenceSegment<byte>
    {
        public Part(byte[] bytes, Part? before)
        {
            Memory = bytes;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
