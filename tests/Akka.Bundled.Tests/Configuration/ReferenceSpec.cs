using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace Akka.Conformance.Configuration;

/// <summary>
/// The defaults that users rely on without naming them, and how a system's configuration is put together.
/// </summary>
public sealed class ReferenceSpec : ActorSpec
{
    [Fact]
    public void The_defaults_are_those_documented()
    {
        var config = ConfigurationFactory.Default();
        Assert.Equal("INFO", config.GetString("akka.loglevel"));
        Assert.Equal("WARNING", config.GetString("akka.stdout-loglevel"));
        Assert.Equal(30, config.GetInt("akka.actor.default-dispatcher.throughput"));
        Assert.Equal(TimeSpan.FromMilliseconds(10), config.GetTimeSpan("akka.scheduler.tick-duration"));
        Assert.Equal(512, config.GetInt("akka.scheduler.ticks-per-wheel"));
        Assert.Equal("infinite", config.GetString("akka.actor.ask-timeout"));
        Assert.Equal(1000, config.GetInt("akka.actor.default-mailbox.mailbox-capacity"));
        Assert.False(config.GetBoolean("akka.actor.serialize-messages"));
    }

    [Fact]
    public void Settings_show_what_is_configured()
    {
        Assert.Equal("WARNING", Sys.Settings.LogLevel, ignoreCase: true);
        Assert.False(Sys.Settings.HasCluster);
        Assert.Equal(1.0, Sys.Settings.Config.GetDouble("akka.test.timefactor"));
    }

    [Fact]
    public void A_fallback_injected_later_fills_in_only()
    {
        Sys.Settings.InjectTopLevelFallback("akka.loglevel = DEBUG, mine.key = 5");
        Assert.Equal(5, Sys.Settings.Config.GetInt("mine.key"));
        Assert.Equal("WARNING", Sys.Settings.Config.GetString("akka.loglevel"));
    }

    [Fact]
    public async Task A_setup_carries_configuration_and_settings_of_ones_own()
    {
        var bootstrap = BootstrapSetup.Create().WithConfig("akka.stdout-loglevel = OFF, mine = 1")
            .WithActorRefProvider(ProviderSelection.Local.Instance);
        var system = ActorSystem.Create("set-up", bootstrap.And(new Mine(42)));
        Assert.Equal(1, system.Settings.Config.GetInt("mine"));
        var mine = system.Settings.Setup.Get<Mine>();
        Assert.True(mine.HasValue);
        Assert.Equal(42, mine.Value.Number);
        Assert.False(system.Settings.Setup.Get<Other>().HasValue);
        await system.Terminate();
    }

    [Fact]
    public async Task Systems_of_one_process_are_separate()
    {
        var other = ActorSystem.Create("other", "akka.stdout-loglevel = OFF");
        Assert.Equal("other", other.Name);
        Assert.NotEqual(Sys.DeadLetters.Path, other.DeadLetters.Path);
        await other.Terminate();
        Assert.False(Sys.WhenTerminated.IsCompleted);
    }

    private sealed class Mine(int number) : Setup
    {
        public int Number { get; } = number;
    }

    private sealed class Other : Setup;
}
