using AkkaReplication.Logs;

namespace AkkaReplication.Core.Tests.Logs;

public sealed class RecoveryPlanTests
{
    [Fact]
    public void Whole_segment_is_kept()
    {
        var decision = RecoveryPlan.Decide(Scan(ScanProblem.None), recoveryPoint: 1000);
        Assert.Equal(new RecoveryDecision(RecoveryAction.Keep, true, ""), decision);
    }

    [Theory]
    [InlineData(ScanProblem.Incomplete, true)]
    [InlineData(ScanProblem.Checksum, false)]
    [InlineData(ScanProblem.Malformed, false)]
    [InlineData(ScanProblem.Missing, false)]
    public void Torn_tail_is_cut_and_only_an_incomplete_batch_keeps_the_life_intact(ScanProblem problem, bool intact)
    {
        var decision = RecoveryPlan.Decide(Scan(problem), recoveryPoint: 50);
        Assert.Equal((RecoveryAction.CutTail, intact), (decision.Action, decision.KeepsIntact));
    }

    [Theory]
    [InlineData(ScanProblem.Incomplete)]
    [InlineData(ScanProblem.Checksum)]
    [InlineData(ScanProblem.Malformed)]
    [InlineData(ScanProblem.Missing)]
    public void Bad_batch_below_the_recovery_point_is_corruption(ScanProblem problem)
    {
        var decision = RecoveryPlan.Decide(Scan(problem), recoveryPoint: 51);
        Assert.Equal((RecoveryAction.Refuse, false), (decision.Action, decision.KeepsIntact));
        Assert.Contains("recovery point 51", decision.Reason);
    }

    [Theory]
    [InlineData(ScanProblem.Incomplete)]
    [InlineData(ScanProblem.Checksum)]
    [InlineData(ScanProblem.Malformed)]
    [InlineData(ScanProblem.Missing)]
    public void Bad_batch_followed_by_a_valid_one_is_corruption(ScanProblem problem) =>
        Assert.Equal(RecoveryAction.Refuse, RecoveryPlan.Decide(Scan(problem, follows: true), recoveryPoint: 0).Action);

    [Fact]
    public void Valid_batch_that_goes_back_is_corruption() =>
        Assert.Equal(RecoveryAction.Refuse, RecoveryPlan.Decide(Scan(ScanProblem.OutOfOrder), recoveryPoint: 0).Action);

    [Theory]
    [InlineData(true, false, false, true, PreviousLife.Clean)]
    [InlineData(true, true, true, false, PreviousLife.Lossy)]
    [InlineData(false, true, false, true, PreviousLife.Intact)]
    [InlineData(false, false, true, true, PreviousLife.Intact)]
    [InlineData(false, false, false, true, PreviousLife.Lossy)]
    [InlineData(false, true, true, false, PreviousLife.Lossy)]
    public void Previous_life_is_judged_by_marker_boot_and_logs(
        bool marker, bool sameBoot, bool flushed, bool intact, PreviousLife expected) =>
        Assert.Equal(expected, RecoveryPlan.Judge(marker, sameBoot, flushed, intact));

    private static SegmentScan Scan(ScanProblem problem, bool follows = false) => new(0, 4096, 4000, 50, problem, follows);
}
