using Akka.Actor;
using AkkaReplication.Brokers;

namespace AkkaReplication.Tests.Actors;

public sealed class LogDirWorkerTests : ActorTest
{
    private readonly IActorRef _worker;

    public LogDirWorkerTests() =>
        _worker = Parent.Of(this, LogDirWorker.Props("akka.actor.default-dispatcher"), CreateTestProbe().Ref);

    [Fact]
    public void It_does_one_piece_of_work_after_another_and_tells_who_sent_it()
    {
        var other = CreateTestProbe();
        using var gate = new ManualResetEventSlim();
        _worker.Tell(new Work(() =>
        {
            Assert.True(gate.Wait(Patience));
            return "first";
        }), TestActor);
        other.Send(_worker, new Work(() => "second"));
        Assert.False(other.HasMessages);

        gate.Set();

        ExpectMsg("first");
        other.ExpectMsg("second");
    }

    [Fact]
    public void Work_without_a_sender_and_messages_of_others_harm_nobody()
    {
        _worker.Tell(new Work(() => "for nobody"), ActorRefs.NoSender);
        ExpectUnhandled(_worker);
        _worker.Tell(new Work(() => "done"), TestActor);
        ExpectMsg("done");
    }

    [Fact]
    public void Work_that_throws_although_it_must_not_ends_it_and_its_watchers_are_told()
    {
        Watch(_worker);
        _worker.Tell(new Work(() => throw new InvalidOperationException("it must not")), TestActor);
        ExpectTerminated(_worker, Patience);
    }

    private sealed record Work(Func<object> Do) : LogDirWork
    {
        public override object Run() => Do();
    }
}
