using AkkaReplication.Brokers;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Brokers;

public sealed class ProducerIdBlocksTests
{
    private readonly ProducerIdBlocks _blocks = new(new ProducerIdBlocksOptions(new(1)));
    private readonly EffectList _effects = new();
    private long _nowMs = 1_000;
    private long _token;

    [Fact]
    public void Requests_wait_for_the_first_block_and_are_served_in_order()
    {
        Request();
        Request();
        Do(() => _blocks.OnRegistered(_nowMs, new(9), _effects));
        Assert.Equal(2, _blocks.WaitingCount);

        Answer(5_000, 10);

        Assert.Equal(
            [new ProducerIdAssigned(new(1), 5_000), new ProducerIdAssigned(new(2), 5_001)],
            _effects.AsReadOnly().OfType<ProducerIdAssigned>());
    }

    [Fact]
    public void No_id_is_given_out_twice_and_the_next_block_is_there_before_the_last_runs_out()
    {
        Do(() => _blocks.OnRegistered(_nowMs, new(9), _effects));
        Answer(0, 20);
        var given = new List<long>();
        var nextBlock = 100L;
        for (var i = 0; i < 100; i++)
        {
            Request();
            given.Add(Single<ProducerIdAssigned>().ProducerId);
            if (Sent() is not null)
                Answer(nextBlock += 100, 20);
        }

        Assert.Equal(100, given.Distinct().Count());
        Assert.Equal(0, _blocks.WaitingCount);
        Assert.Equal([0, 19, 200, 219, 300], new[] { given[0], given[19], given[20], given[39], given[40] });
    }

    [Fact]
    public void Lost_and_refused_requests_are_repeated_and_late_answers_ignored()
    {
        Do(() => _blocks.OnRegistered(_nowMs, new(9), _effects));
        var first = Sent()!;
        Later(4_500);
        var second = Sent()!;
        Assert.NotEqual(first.RequestId, second.RequestId);
        Do(() => _blocks.OnAnswer(_nowMs, new AllocateProducerIdsAnswer(first.RequestId, ErrorCode.None, 0, 10), _effects));
        Request();
        Assert.Equal(0, _effects.Count);
        Do(() => _blocks.OnAnswer(_nowMs, new AllocateProducerIdsAnswer(second.RequestId, ErrorCode.NotController, -1, 0), _effects));
        Assert.Equal(50, Single<StartProducerIdTimer>().DelayMs);
        Later(50);

        Answer(70, 10);

        Assert.Equal(70, Single<ProducerIdAssigned>().ProducerId);
    }

    [Fact]
    public void With_another_controller_nothing_is_waited_for()
    {
        Do(() => _blocks.OnRegistered(_nowMs, new(9), _effects));

        Do(() => _blocks.OnControllerChanged(_nowMs, _effects));

        Assert.NotNull(Sent());
    }

    private void Request() => Do(() => _blocks.OnRequest(_nowMs, new RequestToken(++_token), _effects));

    private long _lastRequestId;

    private void Answer(long first, int count)
    {
        var id = Sent()?.RequestId ?? _lastRequestId;
        Do(() => _blocks.OnAnswer(_nowMs, new AllocateProducerIdsAnswer(id, ErrorCode.None, first, count), _effects));
    }

    private void Later(long ms)
    {
        _nowMs += ms;
        Do(() => _blocks.OnTimer(_nowMs, _effects));
    }

    private void Do(Action action)
    {
        _effects.Clear();
        action();
        _lastRequestId = Sent()?.RequestId ?? _lastRequestId;
    }

    private AllocateProducerIds? Sent() => _effects.AsReadOnly().OfType<SendAllocateProducerIds>().SingleOrDefault()?.Request;

    private T Single<T>()
        where T : Effect => Assert.Single(_effects.AsReadOnly().OfType<T>());
}
