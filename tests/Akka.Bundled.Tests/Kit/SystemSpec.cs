using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using Akka.TestKit.TestActors;
using Xunit.Abstractions;

namespace Akka.Conformance.Kit;

public sealed class SystemSpec : ActorSpec
{
    private const string QuietSystem = "akka.stdout-loglevel = OFF, akka.loglevel = WARNING, akka.loggers = []";

    [Fact]
    public async Task A_kit_can_use_a_system_that_was_made_without_it()
    {
        var system = ActorSystem.Create("plain", QuietSystem);
        using (var kit = new Akka.TestKit.Xunit2.TestKit(system))
        {
            Assert.Same(system, kit.Sys);
            system.ActorOf(SimpleEchoActor.Props()).Tell("ping", kit.TestActor);
            await kit.ExpectMsgAsync("ping");
        }

        await system.WhenTerminated.WaitAsync(Eventually);
    }

    [Fact]
    public async Task A_probe_can_live_in_another_system()
    {
        var other = ActorSystem.Create("elsewhere", QuietSystem);
        var probe = CreateTestProbe(other);
        Assert.Equal("elsewhere", probe.Ref.Path.Address.System);
        probe.Send(other.ActorOf(SimpleEchoActor.Props()), "ping");
        await probe.ExpectMsgAsync("ping");
        Shutdown(other, Eventually, verifySystemShutdown: true);
        Assert.True(other.WhenTerminated.IsCompleted);
    }

    [Fact]
    public void A_kit_can_be_made_from_a_setup()
    {
        using var kit = new Akka.TestKit.Xunit2.TestKit(
            ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig($"{QuietSystem}, mine = 5")), "by-setup");
        Assert.Equal("by-setup", kit.Sys.Name);
        Assert.Equal(5, kit.Sys.Settings.Config.GetInt("mine"));
        Assert.Equal(TimeSpan.FromSeconds(3), kit.TestKitSettings.SingleExpectDefault);
    }

    [Fact]
    public async Task What_the_system_logs_goes_to_the_output_of_the_test()
    {
        var output = new Recorder();
        using var kit = new Akka.TestKit.Xunit2.TestKit("akka.stdout-loglevel = OFF, akka.loggers = []", output);
        kit.Sys.Log.Warning("look {0}", "here");
        await AwaitAssertAsync(() =>
            Assert.Contains(output.Lines, line => line.Contains("look here", StringComparison.Ordinal)), Eventually);
    }

    private sealed class Recorder : ITestOutputHelper
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void WriteLine(string message) => Lines.Enqueue(message);

        public void WriteLine(string format, params object[] args) => WriteLine(string.Format(null, format, args));
    }
}
