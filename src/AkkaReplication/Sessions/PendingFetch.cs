using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

/// <summary>A client's fetch until it is answered: what is being read for it, or whom it waits for.</summary>
internal sealed class PendingFetch(FetchRequest request, long deadlineMs)
{
    private PartitionFetched[] _results = new PartitionFetched[request.Positions.Length];

    public FetchRequest Request => request;

    /// <summary>When it is answered with whatever there is.</summary>
    public long DeadlineMs => deadlineMs;

    /// <summary>Counts from 1; what was read for an earlier attempt is not for the present one.</summary>
    public int Attempt { get; private set; }

    /// <summary>Reads that have not come back.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Bytes taken for reads that have come back, to be given back once the answer has left.</summary>
    public long Credit { get; private set; }

    /// <summary>Replicas that tell when there is something to read.</summary>
    public List<(ReplicaHandle Replica, ReadWaiter Waiter)> Waiters { get; } = [];

    public int Bytes { get; private set; }

    /// <summary>There is something to say even without records.</summary>
    public bool HasNews { get; private set; }

    /// <summary>A directory was left out because it has not answered yet: to be looked at again once it has.</summary>
    public bool IsIncomplete { get; set; }

    /// <summary>What each position was decided on.</summary>
    public ReadView?[] Views { get; } = new ReadView?[request.Positions.Length];

    public void BeginAttempt()
    {
        Attempt++;
        Outstanding = 0;
        IsIncomplete = false;
        Bytes = 0;
        HasNews = false;
    }

    public void ReadBegins() => Outstanding++;

    public void ReadEnds(long credit)
    {
        Outstanding--;
        Credit += credit;
    }

    public void Add(int index, PartitionFetched result)
    {
        _results[index] = result;
        Bytes += result.Records.Length;
        HasNews |= result.Error != ErrorCode.None || result.DivergingEpochEnd >= 0;
    }

    /// <summary>The bytes that were taken for it, to be given back by the caller.</summary>
    public long TakeCredit()
    {
        var credit = Credit;
        Credit = 0;
        return credit;
    }

    /// <summary>All results, in the order of the request. Not to be called twice.</summary>
    public ImmutableArray<PartitionFetched> TakeResults()
    {
        var results = ImmutableCollectionsMarshal.AsImmutableArray(_results);
        _results = [];
        return results;
    }
}
