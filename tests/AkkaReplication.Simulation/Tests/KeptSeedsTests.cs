using AkkaReplication.Simulation.Running;
using Xunit;

namespace AkkaReplication.Simulation.Tests;

/// <summary>Seeds that once found something, and what it was. They run for ever.</summary>
public sealed class KeptSeedsTests
{
    [Theory]
    [InlineData(8, "a broker that was told of a new controller before it was registered followed metadata without an epoch")]
    [InlineData(70, "an answer that was overtaken moved a follower's high watermark backwards")]
    [InlineData(54, "a broker that was stopped while it registered left a clean marker of no epoch, and was taken for one that had lost data")]
    [InlineData(22, "a log that was known to be damaged made every later start of its broker a lossy one")]
    [InlineData(900890, "a flush that the disk had made and the leader had not heard of yet was taken for a high watermark that stays behind")]
    [InlineData(50335, "who restarted all damaged brokers again and again never replaced the disk of the one whose records were elsewhere")]
    [InlineData(3000689, "a new leader's checkpointed high watermark hid from the checks that what it covered was committed again")]
    [InlineData(3001138, "a producer wrote a batch anew because a leader lacked it, and the next leader had it still")]
    [InlineData(2002336, "an epoch that a power loss took from its file, and recovery found in the records, was forgotten at the next start")]
    [InlineData(900911, "a flush that failed before its broker had registered counted as known, and another one was allowed to lose its disk")]
    [InlineData(2011226, "what a renewed lease let a leader commit was taken for the work of the ISR's answer that came after it")]
    [InlineData(2002814, "a copy of an earlier life's registration that came late fenced the broker, and took it out of the ELR for a loss of long ago")]
    [InlineData(340, "a write that failed at a start made the next one a lossy one, too, when another broker had lost its disk")]
    [InlineData(5000451, "a follower that a deposed controller had refused, knowing less than the leader, was never proposed again")]
    [InlineData(6000151, "records that a request for everything committed had deleted were missed by the history")]
    [InlineData(3010263, "a broker that was heard again while it was being fenced was given a lease that outlived the fencing")]
    [InlineData(6008167, "a wall clock that was set forward made a leader forget a producer at work, and take its batch twice")]
    [InlineData(7001531, "a promise that a voter lost before it was on the disk, and had told nobody of, was held against the next one")]
    [InlineData(6008797, "who took the power away where a write had failed halfway counted the broker as one that would lose nothing")]
    [InlineData(7016230, "a follower that began where its leader's log did knew nothing of the producers of what retention had deleted")]
    [InlineData(7020007, "a topic that was made on brokers of which none was there was said to have lost what it never had")]
    [InlineData(7021077, "nobody restarted a broker whose flush had failed, for fear of what an empty partition might lose")]
    [InlineData(7040139, "a failed replica that a new epoch had put to work again was not looked at any more")]
    [InlineData(8008411, "a broker that had put a deleted topic's log aside was said to have lost it when it read of the topic once more")]
    [InlineData(273, "a leader that woke from a pause took requests which had waited for it for news of its followers")]
    public void A_seed_that_found_something_finds_nothing_any_more(long seed, string what)
    {
        Assert.NotEmpty(what);
        Assert.Null(new SeedRun(seed).Run());
    }

    [Fact]
    public void A_calm_seed_needs_no_faults_to_come_to_an_end()
    {
        var run = new SeedRun(1, reduction: new Reduction { FaultyMs = 1 });
        Assert.Null(run.Run());
        Assert.Equal(0, run.Faults);
    }
}
