using Akka.Actor;
using Akka.Pattern;

namespace Akka.Conformance.Patterns;

public sealed class CircuitBreakerSpec : ActorSpec
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    public CircuitBreakerSpec() : base(VirtualTime)
    {
    }

    [Fact]
    public async Task It_opens_after_so_many_failures_in_a_row()
    {
        var breaker = Breaker(2, Long, Long);
        await Fail(breaker);
        Assert.Equal(1, await breaker.WithCircuitBreaker(() => Task.FromResult(1)));
        await Fail(breaker);
        Assert.False(breaker.IsOpen);
        await Fail(breaker);
        Assert.True(breaker.IsOpen);
        await ExpectTrace("open");
    }

    [Fact]
    public async Task While_open_it_fails_without_trying()
    {
        var breaker = Breaker(1, Long, Long);
        await Fail(breaker);
        var tried = false;
        await Assert.ThrowsAsync<OpenCircuitException>(() => breaker.WithCircuitBreaker(() =>
        {
            tried = true;
            return Task.FromResult(1);
        }));
        Assert.False(tried);
    }

    [Fact]
    public async Task After_a_while_one_success_closes_it()
    {
        var breaker = await HalfOpen();
        Assert.Equal(1, await breaker.WithCircuitBreaker(() => Task.FromResult(1)));
        await ExpectTrace("closed");
        Assert.True(breaker.IsClosed);
    }

    [Fact]
    public async Task After_a_while_one_failure_opens_it_again()
    {
        var breaker = await HalfOpen();
        await Fail(breaker);
        await ExpectTrace("open");
    }

    [Fact]
    public async Task A_call_that_takes_too_long_is_a_failure()
    {
        var breaker = Breaker(1, TimeSpan.FromMilliseconds(50), Long);
        await Assert.ThrowsAnyAsync<Exception>(() =>
            breaker.WithCircuitBreaker(() => new TaskCompletionSource<int>().Task));
        await ExpectTrace("open");
    }

    private async Task<CircuitBreaker> HalfOpen()
    {
        var breaker = Breaker(1, Long, Long);
        await Fail(breaker);
        await ExpectTrace("open");
        Scheduler.Advance(Long);
        await ExpectTrace("half-open");
        return breaker;
    }

    private static async Task Fail(CircuitBreaker breaker) =>
        await Assert.ThrowsAsync<Boom>(() =>
            breaker.WithCircuitBreaker<int>(() => Task.FromException<int>(new Boom())));

    private CircuitBreaker Breaker(int maxFailures, TimeSpan callTimeout, TimeSpan resetTimeout) =>
        new CircuitBreaker(Sys.Scheduler, maxFailures, callTimeout, resetTimeout)
            .OnOpen(() => TestActor.Tell("open"))
            .OnHalfOpen(() => TestActor.Tell("half-open"))
            .OnClose(() => TestActor.Tell("closed"));
}
