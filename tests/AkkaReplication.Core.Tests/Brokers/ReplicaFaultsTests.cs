using AkkaReplication.Brokers;

namespace AkkaReplication.Core.Tests.Brokers;

public sealed class ReplicaFaultsTests
{
    private static readonly TopicIdPartition Partition = new(new TopicId(Guid.Parse("00000000-0000-0000-0000-000000000001")), 0);
    private readonly ReplicaFaults _faults = new();

    [Fact]
    public void A_healthy_replica_hears_of_every_change() =>
        Assert.Equal(FaultVerdict.Serves, _faults.Judge(Partition, new LeaderEpoch(1), 0));

    [Fact]
    public void A_failed_replica_serves_again_only_under_a_higher_leader_epoch()
    {
        _faults.Record(Partition, new LeaderEpoch(5), 0);

        Assert.Equal(Partition, Assert.Single(_faults.Offline));
        Assert.Equal(FaultVerdict.StaysOffline, _faults.Judge(Partition, new LeaderEpoch(5), 1));
        Assert.Equal(FaultVerdict.Replace, _faults.Judge(Partition, new LeaderEpoch(6), 1));
        _faults.Replaced(Partition);
        Assert.Equal(FaultVerdict.Serves, _faults.Judge(Partition, new LeaderEpoch(6), 1));
        Assert.Empty(_faults.Offline);
    }

    [Fact]
    public void After_three_faults_in_ten_minutes_it_stays_offline()
    {
        for (var i = 0; i < 3; i++)
        {
            _faults.Record(Partition, new LeaderEpoch(i), i * 1000);
            _faults.Record(Partition, new LeaderEpoch(i), (i * 1000) + 1);
            if (i < 2)
                _faults.Replaced(Partition);
        }

        Assert.Equal(FaultVerdict.StaysOffline, _faults.Judge(Partition, new LeaderEpoch(99), 5000));
        Assert.Equal(FaultVerdict.Replace, _faults.Judge(Partition, new LeaderEpoch(99), ReplicaFaults.WindowMs + 1500));
    }
}
