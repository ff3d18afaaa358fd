using AkkaReplication.Tool.Judging;

namespace AkkaReplication.Tool.Tests.Judging;

public sealed class UnavailabilityMeterTests
{
    private readonly UnavailabilityMeter _meter = new(2);

    [Fact]
    public void A_partition_that_nobody_writes_to_is_not_unavailable()
    {
        Send(0, 0);
        Acknowledge(0, 5);
        Send(0, 10_000);
        Acknowledge(0, 10_007);

        Assert.Equal(7, _meter.LongestMs(20_000));
    }

    [Fact]
    public void The_time_between_acknowledgements_counts_while_another_produce_is_outstanding()
    {
        Send(0, 0);
        Send(0, 1);
        Acknowledge(0, 10);
        Acknowledge(0, 900);

        Assert.Equal(890, _meter.LongestMs(1000));
    }

    [Fact]
    public void The_time_counts_from_the_first_produce_where_nothing_was_outstanding_before()
    {
        Send(0, 0);
        Acknowledge(0, 3);
        Send(0, 500);
        Send(0, 800);
        Acknowledge(0, 900);

        Assert.Equal(400, _meter.LongestMs(900));
    }

    [Fact]
    public void A_partition_that_goes_on_does_not_hide_one_that_waits()
    {
        Send(0, 0);
        Send(1, 0);
        for (var now = 10; now <= 1000; now += 10)
        {
            Send(1, now);
            Acknowledge(1, now);
        }

        Acknowledge(0, 1000);
        Assert.Equal(1000, _meter.LongestMs(1000));
    }

    [Fact]
    public void What_still_waits_at_the_end_counts_up_to_the_end()
    {
        Send(0, 100);
        Assert.Equal(2400, _meter.LongestMs(2500));
    }

    [Fact]
    public void A_refusal_is_no_acknowledgement_and_ends_no_wait()
    {
        Send(0, 0);
        Send(0, 0);
        _meter.OnRefused(0);
        Acknowledge(0, 700);

        Assert.Equal(700, _meter.LongestMs(700));
    }

    [Fact]
    public void Once_everything_was_refused_nothing_waits()
    {
        Send(0, 0);
        _meter.OnRefused(0);
        Assert.Equal(0, _meter.LongestMs(5000));
    }

    private void Send(int partition, long now) => _meter.OnSent(partition, now);

    private void Acknowledge(int partition, long now) => _meter.OnAcknowledged(partition, now);
}
