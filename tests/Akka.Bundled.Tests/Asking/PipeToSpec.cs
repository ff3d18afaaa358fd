using Akka.Actor;

namespace Akka.Conformance.Asking;

public sealed class PipeToSpec : ActorSpec
{
    [Fact]
    public async Task A_result_is_told()
    {
        await Task.FromResult("result").PipeTo(TestActor);
        await ExpectMsgFromAsync(Sys.DeadLetters, "result");
    }

    [Fact]
    public async Task A_failure_is_told_as_a_status_without_sender()
    {
        var cause = new Boom();
        await Task.FromException<string>(cause).PipeTo(TestActor);
        var failure = await ExpectMsgAsync<Status.Failure>();
        Assert.Same(cause, failure.Cause);
        Assert.Equal(Sys.DeadLetters, LastSender);
    }

    [Fact]
    public async Task Result_failure_and_sender_can_be_given()
    {
        var origin = CreateTestProbe();
        await Task.FromResult(20).PipeTo(TestActor, origin.Ref, success: number => $"got {number}");
        await ExpectMsgFromAsync(origin.Ref, "got 20");
        await Task.FromException<int>(new Boom()).PipeTo(TestActor, origin.Ref, failure: cause => cause.Message);
        await ExpectMsgFromAsync(origin.Ref, "boom");
    }

    [Fact]
    public async Task A_task_without_result_tells_what_it_is_given_to_tell()
    {
        await Task.CompletedTask.PipeTo(TestActor, success: () => "done");
        await ExpectMsgAsync("done");
        await Task.FromException(new Boom()).PipeTo(TestActor);
        Assert.IsType<Boom>((await ExpectMsgAsync<Status.Failure>()).Cause);
    }

    [Fact]
    public async Task A_task_that_is_running_is_told_when_it_ends()
    {
        var task = new TaskCompletionSource<string>();
        var piped = task.Task.PipeTo(TestActor);
        await ExpectNoMsgAsync(50);
        task.SetResult("late");
        await piped;
        await ExpectMsgAsync("late");
    }
}
