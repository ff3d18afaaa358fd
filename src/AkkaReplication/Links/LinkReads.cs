using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

/// <summary>
/// The reads that one link leaves to the readers of the log directories. One at a time for each reader, with everything that
/// came up meanwhile in the next: a disk that hangs holds no more than one read's memory.
/// </summary>
internal sealed class LinkReads(BrokerContext broker, IActorRef link)
{
    private readonly Lane[] _lanes = [.. broker.LogDirs.SelectMany(
        dir => (Lane[])[new Lane(dir.RecentReader), new Lane(dir.Reader)])];

    /// <summary>Reads soon, and tells the link a <see cref="LinkReadDone"/>.</summary>
    public void Add(in LinkRead read, LogDir dir, int maxBytes)
    {
        var lane = (dir.Number * 2) + (read.View.Log.IsRecent(read.Request.FetchOffset) ? 0 : 1);
        _lanes[lane].Waiting.Add(read);
        _lanes[lane].MaxBytes = maxBytes;
        StartNext(lane);
    }

    /// <summary>The link has this answer now: the memory is free, and the next read may begin.</summary>
    public void OnDone(LinkReadDone done)
    {
        Release(_lanes[done.Lane]);
        StartNext(done.Lane);
    }

    /// <summary>The link ends; what is still being read goes nowhere.</summary>
    public void Stop()
    {
        foreach (var lane in _lanes)
            Release(lane);
    }

    private void StartNext(int number)
    {
        var lane = _lanes[number];
        if (lane.IsBusy || lane.Waiting.Count == 0)
            return;

        ImmutableArray<LinkRead> reads = [.. lane.Waiting];
        lane.Waiting.Clear();
        lane.IsBusy = true;
        lane.Credit = broker.ReplicaFetchBudget.TakeUpTo((int)Math.Min(lane.MaxBytes, reads.Sum(read => (long)read.MaxBytes)));
        lane.Reader.Tell(new Work(number, new ReadForFollower(reads, Math.Max(1, lane.Credit))), link);
    }

    private void Release(Lane lane)
    {
        broker.ReplicaFetchBudget.Give(lane.Credit);
        lane.Credit = 0;
        lane.IsBusy = false;
    }

    private sealed class Lane(IActorRef reader)
    {
        public IActorRef Reader => reader;

        public List<LinkRead> Waiting { get; } = [];

        public int MaxBytes { get; set; }

        public bool IsBusy { get; set; }

        public int Credit { get; set; }
    }

    private sealed record Work(int Lane, ReadForFollower Read) : LogDirWork
    {
        public override object Run()
        {
            try
            {
                var found = Read.Read(out var failures);
                return new LinkReadDone(Lane, found, failures);
            }
            catch (Exception e)
            {
                // Whatever it is, those who wait must hear of it, and their replicas go offline as after a storage error (F1).
                return new LinkReadDone(
                    Lane,
                    [.. Read.Reads.Select(r => FetchedPartition.To(r.Request, ErrorCode.KafkaStorageError, null, null, default))],
                    [.. Read.Reads.Select(r => new FailedRead(r.Request.Partition, e.Message))]);
            }
        }
    }
}

/// <summary>To the link: what was read for it.</summary>
internal sealed record LinkReadDone(int Lane, ImmutableArray<FetchedPartition> Found, ImmutableArray<FailedRead> Failures)
    : INoSerializationVerificationNeeded;
