using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>How often, and whom, an administrative call asks.</summary>
public class AdminClientTests
{
    private static readonly ImmutableArray<BrokerId> Brokers = [new(0), new(1), new(2)];
    private static readonly CreateTopicsRequest Create = new([], ValidateOnly: false, TimeoutMs: 1_000);

    private readonly List<ClusterCallCompleted> _completed = [];
    private readonly ModelNetwork _network;
    private readonly AdminClient _admin;

    public AdminClientTests()
    {
        _network = new ModelNetwork(new Random(1), Note);
        _admin = new AdminClient(
            new AdminSettings { Bootstrap = Brokers, RequestTimeoutMs = 500 }, _network.Random.NextDouble);
        _network.Machine = _admin;
    }

    [Fact]
    public void Answer_ends_the_call()
    {
        _network.Serve = static (_, _, answer) => answer(new CreateTopicsResponse(ErrorCode.None, []));
        Ask(timeoutMs: 1_000);
        Assert.True(_network.RunUntil(() => _completed.Count > 0, 1_000));
        Assert.Equal(
            (7L, ErrorCode.None, false), (_completed[0].Token, _completed[0].Error, _completed[0].MayHaveRunBefore));
    }

    [Fact]
    public void Retriable_error_is_asked_again_elsewhere_until_it_is_none()
    {
        var asked = new List<BrokerId>();
        _network.Serve = (broker, _, answer) =>
        {
            asked.Add(broker);
            answer(new CreateTopicsResponse(asked.Count < 4 ? ErrorCode.NotController : ErrorCode.None, []));
        };
        Ask(timeoutMs: 10_000);
        Assert.True(_network.RunUntil(() => _completed.Count > 0, 10_000));
        Assert.Equal(ErrorCode.None, _completed[0].Error);
        Assert.Equal(3, asked.Distinct().Count());
    }

    [Fact]
    public void Whoever_is_not_the_controller_is_asked_who_is()
    {
        var asked = new List<BrokerId>();
        _network.Serve = (broker, request, answer) =>
        {
            if (request is MetadataRequest)
            {
                answer(new MetadataResponse(
                    "cluster", -1, new BrokerId(2), [.. Brokers.Select(id => new BrokerInfo(id, null, false))], []));
                return;
            }

            asked.Add(broker);
            answer(new CreateTopicsResponse(broker.Value == 2 ? ErrorCode.None : ErrorCode.NotController, []));
        };
        Ask(timeoutMs: 10_000);
        Assert.True(_network.RunUntil(() => _completed.Count > 0, 10_000));
        Assert.Equal(ErrorCode.None, _completed[0].Error);
        Assert.InRange(asked.Count, 1, 2);
        Assert.Equal(new BrokerId(2), asked[^1]);
    }

    [Fact]
    public void Final_error_ends_the_call_at_once()
    {
        _network.Serve = static (_, _, answer) =>
            answer(new CreateTopicsResponse(ErrorCode.ClusterAuthorizationFailed, []));
        Ask(timeoutMs: 10_000);
        Assert.True(_network.RunUntil(() => _completed.Count > 0, 100));
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, _completed[0].Error);
    }

    [Fact]
    public void Lost_attempt_is_repeated_and_admitted_to()
    {
        var attempts = 0;
        _network.Serve = (_, _, answer) =>
        {
            if (++attempts > 1)
                answer(new CreateTopicsResponse(ErrorCode.None, []));
        };
        Ask(timeoutMs: 10_000);
        Assert.True(_network.RunUntil(() => _completed.Count > 0, 10_000));
        Assert.Equal((ErrorCode.None, true), (_completed[0].Error, _completed[0].MayHaveRunBefore));
    }

    [Fact]
    public void Call_that_nobody_answers_ends_in_time_and_only_once()
    {
        var start = _network.Now;
        Ask(timeoutMs: 1_200);
        Assert.True(_network.RunUntil(() => _completed.Count > 0, 10_000));
        Assert.InRange(_network.Now - start, 1_200, 1_210);
        Assert.Equal(ErrorCode.RequestTimedOut, _completed[0].Error);
        _network.RunUntil(_network.Now + 10_000);
        Assert.Single(_completed);
    }

    [Fact]
    public void Abort_ends_every_call()
    {
        Ask(timeoutMs: 1_200);
        _network.RunUntil(_network.Now + 100);
        _network.Abort();
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(_completed).Error);
    }

    private void Ask(int timeoutMs)
    {
        _admin.Ask(_network.Now, token: 7, Create, timeoutMs);
        _network.Turn();
    }

    private void Note(Effect effect) => _completed.Add(Assert.IsType<ClusterCallCompleted>(effect));
}
