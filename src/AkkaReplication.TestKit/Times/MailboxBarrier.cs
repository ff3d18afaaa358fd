using Akka.Actor;

namespace AkkaReplication.Testing.Times;

/// <summary>Waits until each of some actors has worked off what was in its mailbox.</summary>
internal sealed class MailboxBarrier : UntypedActor
{
    private readonly HashSet<int> _missing = [];
    private long _round;
    private TaskCompletionSource? _passed;

    public static Props Props() => Akka.Actor.Props.Create(() => new MailboxBarrier());

    /// <summary>One round. Returns those that have not answered when the patience was over.</summary>
    public static async Task<IReadOnlyList<ICanTell>> PassAsync(
        IActorRef barrier, IReadOnlyList<ICanTell> actors, TimeSpan patience)
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        barrier.Tell(new Begin(actors, passed), ActorRefs.NoSender);
        try
        {
            await passed.Task.WaitAsync(patience).ConfigureAwait(false);
            return [];
        }
        catch (TimeoutException)
        {
            var missing = await barrier.Ask<IReadOnlyList<int>>(WhoIsMissing.Instance).ConfigureAwait(false);
            return [.. missing.Select(i => actors[i])];
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Begin begin:
                _round++;
                _passed = begin.Passed;
                _missing.Clear();
                for (var i = 0; i < begin.Actors.Count; i++)
                {
                    _missing.Add(i);
                    begin.Actors[i].Tell(new Identify((_round, i)), Self);
                }

                break;
            case ActorIdentity { MessageId: (long round, int i) } when round == _round:
                _missing.Remove(i);
                break;
            case WhoIsMissing:
                Sender.Tell((IReadOnlyList<int>)[.. _missing]);
                return;
        }

        if (_missing.Count == 0)
            _passed?.TrySetResult();
    }

    private sealed record Begin(IReadOnlyList<ICanTell> Actors, TaskCompletionSource Passed)
        : INoSerializationVerificationNeeded;

    private sealed class WhoIsMissing : INoSerializationVerificationNeeded
    {
        public static readonly WhoIsMissing Instance = new();
    }
}
