using AkkaReplication.Brokers;

namespace AkkaReplication.Tests.Brokers;

public sealed class ByteBudgetTests : Akka.TestKit.Xunit2.TestKit
{
    [Fact]
    public void Who_finds_too_little_is_told_in_order_once_there_is_enough()
    {
        var budget = new ByteBudget(100);
        Assert.True(budget.TryTake(60, TestActor));
        Assert.False(budget.TryTake(70, TestActor));
        Assert.False(budget.TryTake(10, TestActor));

        budget.Give(60);

        ExpectMsg<CreditGranted>(c => Assert.Equal(70, c.Bytes));
        ExpectMsg<CreditGranted>(c => Assert.Equal(10, c.Bytes));
        Assert.Equal(80, budget.TakenBytes);
    }

    [Fact]
    public void A_claim_above_the_whole_budget_is_granted_when_nothing_else_is_taken()
    {
        var budget = new ByteBudget(100);
        Assert.True(budget.TryTake(1, TestActor));
        Assert.False(budget.TryTake(1000, TestActor));

        budget.Give(1);

        ExpectMsg<CreditGranted>(c => Assert.Equal(1000, c.Bytes));
    }

    [Fact]
    public void A_read_takes_what_is_free_and_gives_it_back()
    {
        var budget = new ByteBudget(100);
        Assert.Equal(70, budget.TakeUpTo(70));
        Assert.Equal(30, budget.TakeUpTo(70));
        Assert.Equal(0, budget.TakeUpTo(70));

        budget.Give(30);

        Assert.Equal(10, budget.TakeUpTo(10));
    }

    [Fact]
    public void The_claims_of_a_session_that_ended_do_not_keep_bytes()
    {
        var budget = new ByteBudget(100);
        Assert.True(budget.TryTake(100, TestActor));
        Assert.False(budget.TryTake(50, TestActor));

        budget.Forget(TestActor);
        budget.Give(100);

        Assert.Equal(0, budget.TakenBytes);
    }
}
