using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    /// <summary>
    /// How long a client waits, at least, for a log directory that does not answer, before it gets what the others have.
    /// </summary>
    private const long ReadPatienceMs = 1_000;

    private readonly Dictionary<long, PendingFetch> _fetches = [];

    // Bytes taken for reads under way, by log directory. While one does not come back, nothing more is read there for this
    // client: a hung disk holds one read's memory, and the other directories go on.
    private readonly Dictionary<int, int> _reading = [];

    // Bytes of answers that are on their way to the client.
    private readonly Dictionary<long, long> _unwritten = [];

    private void OnFetch(long callId, FetchRequest request)
    {
        var fetch = new PendingFetch(request, Context.NowMs() + Math.Max(0, request.MaxWaitMs));
        _fetches[callId] = fetch;
        Serve(callId, fetch);
    }

    /// <summary>Decides every partition from its view, and has read what is to be read.</summary>
    private void Serve(long callId, PendingFetch fetch)
    {
        fetch.BeginAttempt();
        var positions = fetch.Request.Positions;

        // The directory of the first position first: whoever asks has put first who has waited longest.
        var toRead = new List<(int LogDir, List<ConsumerPosition> Positions)>();
        for (var i = 0; i < positions.Length; i++)
        {
            if (Decide(fetch, i, out var replica) is not { } position)
                continue;
            var logDir = replica!.LogDir.Number;
            var place = toRead.FindIndex(reads => reads.LogDir == logDir);
            if (place < 0)
                toRead.Add((logDir, [position]));
            else
                toRead[place].Positions.Add(position);
        }

        var bytesLeft = fetch.Request.MaxBytes;
        foreach (var (logDir, fromOne) in toRead)
            bytesLeft -= StartReads(callId, fetch, logDir, fromOne, bytesLeft);

        if (fetch.Outstanding == 0)
            Conclude(callId, fetch);
        else
            StartDeadline(callId, Math.Max(fetch.DeadlineMs - Context.NowMs(), ReadPatienceMs));
    }

    /// <summary>What is to be read for a position; null where its answer needs no read.</summary>
    private ConsumerPosition? Decide(PendingFetch fetch, int index, out ReplicaHandle? replica)
    {
        var position = fetch.Request.Positions[index];
        fetch.Views[index] = null;
        if (!_broker.Replicas.TryGet(position.Partition, out replica) || replica.View is not { } view)
        {
            fetch.Add(index, ConsumerPosition.Failed(position, NotHere(position.Partition)));
            return null;
        }

        view = _broker.WithLease(view);
        fetch.Views[index] = view;
        var bound = ConsumerRead.Decide(
            view, position.LeaderEpoch, position.Offset, position.LastFetchedEpoch, fetch.Request.Isolation, Context.NowMs());
        var decided = new ConsumerPosition(index, position, view, bound.UpToOffset);
        fetch.Add(index, decided.WithoutRecords(bound));
        return bound is { Error: ErrorCode.None, Diverging: null } && position.Offset < bound.UpToOffset ? decided : null;
    }

    private int StartReads(
        long callId, PendingFetch fetch, int logDir, List<ConsumerPosition> positions, int bytesLeft)
    {
        if (bytesLeft <= 0)
            return 0;
        if (_reading.ContainsKey(logDir))
        {
            fetch.IsIncomplete = true;
            return 0;
        }

        // Taken before the read, given back once the answer has left.
        var wanted = (int)Math.Min(bytesLeft, positions.Sum(position => (long)position.Position.MaxBytes));
        var credit = _broker.ConsumerFetchBudget.TakeUpTo(wanted);
        _reading.Add(logDir, credit);
        fetch.ReadBegins();
        _broker.LogDirs[logDir].Reader.Tell(
            new ConsumerReads(callId, fetch.Attempt, logDir, [.. positions], Math.Max(1, credit), credit), Self);
        return wanted;
    }

    private void OnReadsDone(ConsumerReadsDone done)
    {
        foreach (var (partition, reason) in done.Failures)
        {
            if (_broker.Replicas.TryGet(partition, out var replica))
                replica.Replica.Tell(new ReplicaProtocol.ReadFailed(reason));
        }

        var reads = done.Reads;
        _reading.Remove(reads.LogDir);
        if (_fetches.TryGetValue(reads.CallId, out var fetch) && fetch.Attempt == reads.Attempt)
        {
            fetch.ReadEnds(reads.Credit);
            for (var i = 0; i < done.Results.Length; i++)
                fetch.Add(reads.Positions[i].Index, IfStillServed(reads.Positions[i], done.Results[i]));
            if (fetch.Outstanding == 0)
                Conclude(reads.CallId, fetch);
        }
        else
        {
            _broker.ConsumerFetchBudget.Give(reads.Credit);
        }

        foreach (var callId in _fetches.Where(f => f.Value.IsIncomplete).Select(f => f.Key).ToArray())
            OnReadReady(callId);
    }

    /// <summary>The lease is compared in the turn that serves, and the read took its time (E2, I40).</summary>
    private PartitionFetched IfStillServed(in ConsumerPosition position, PartitionFetched result) =>
        ConsumerRead.Judge(_broker.WithLease(position.View), position.Position.LeaderEpoch, Context.NowMs())
            is var error and not ErrorCode.None
            ? position.Failed(error)
            : result;

    /// <summary>Answers if there is enough, something to say, or no more time; otherwise waits for news.</summary>
    private void Conclude(long callId, PendingFetch fetch)
    {
        if (fetch.Bytes >= fetch.Request.MinBytes || fetch.HasNews || Context.NowMs() >= fetch.DeadlineMs)
            Answer(callId, fetch);
        else
            Park(callId, fetch);
    }

    private void Answer(long callId, PendingFetch fetch)
    {
        _fetches.Remove(callId);
        Timers.Cancel(new FetchDeadline(callId));
        Reply(callId, new FetchResponse(fetch.TakeResults()));
        if (_reportsWritten)
            _unwritten.Add(callId, fetch.TakeCredit());
        else
            _broker.ConsumerFetchBudget.Give(fetch.TakeCredit());
    }

    private void Park(long callId, PendingFetch fetch)
    {
        _broker.ConsumerFetchBudget.Give(fetch.TakeCredit());
        for (var i = 0; i < fetch.Views.Length; i++)
        {
            var position = fetch.Request.Positions[i];
            if (!_broker.Replicas.TryGet(position.Partition, out var replica))
                continue;

            // For what came after the view that was decided on, also while others were being read.
            var view = fetch.Views[i];
            var waiter = new ReadWaiter(
                Self, callId, Math.Max(position.Offset, view?.HighWatermark ?? 0), view?.LeaderEpoch ?? LeaderEpoch.None);
            if (replica.TryWait(waiter))
            {
                fetch.Waiters.Add((replica, waiter));
                continue;
            }

            // It became readable meanwhile: look again in a turn of its own.
            Self.Tell(new ReadReady(callId));
        }

        StartDeadline(callId, Math.Max(1, fetch.DeadlineMs - Context.NowMs()));
    }

    private void OnReadReady(long callId)
    {
        // What is being read already is concluded when it comes back.
        if (!_fetches.TryGetValue(callId, out var fetch) || fetch.Outstanding > 0)
            return;
        ForgetWaiters(fetch);
        Serve(callId, fetch);
    }

    private void OnFetchDeadline(long callId)
    {
        if (!_fetches.TryGetValue(callId, out var fetch))
            return;
        if (fetch.Outstanding > 0)
            Answer(callId, fetch);
        else
            OnReadReady(callId);
    }

    private void StartDeadline(long callId, long delayMs) => Timers.StartSingleTimer(
        new FetchDeadline(callId), new FetchDeadline(callId), TimeSpan.FromMilliseconds(delayMs));

    private static void ForgetWaiters(PendingFetch fetch)
    {
        foreach (var (replica, waiter) in fetch.Waiters)
            replica.Forget(waiter);
        fetch.Waiters.Clear();
    }
}
