using Akka.Actor;

namespace Akka.Conformance.Events;

public sealed class ExtensionSpec : ActorSpec
{
    private static readonly string Assembly = typeof(ExtensionSpec).Assembly.GetName().Name!;

    private static readonly string Loaded =
        $"""akka.extensions = ["{typeof(AutoLoadedProvider).FullName}, {Assembly}"]""";

    public ExtensionSpec() : base(Loaded)
    {
    }

    [Fact]
    public async Task An_extension_is_made_once_however_many_ask()
    {
        var start = new Barrier(4);
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            return Counting.For(Sys);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Single(all.Distinct());
    }

    [Fact]
    public void An_extension_can_be_looked_up()
    {
        Assert.False(Sys.HasExtension<Counting>());
        Assert.False(Sys.TryGetExtension<Counting>(out _));
        var made = Sys.WithExtension<Counting, CountingProvider>();
        Assert.True(Sys.HasExtension<Counting>());
        Assert.Same(made, Sys.GetExtension<Counting>());
        Assert.Same(made, Sys.RegisterExtension(new CountingProvider()));
    }

    [Fact]
    public void The_configuration_can_load_extensions() => Assert.True(Sys.HasExtension<AutoLoaded>());

    private sealed class Counting : IExtension
    {
        public static Counting For(ActorSystem system) => system.WithExtension<Counting, CountingProvider>();
    }

    private sealed class CountingProvider : ExtensionIdProvider<Counting>
    {
        public override Counting CreateExtension(ExtendedActorSystem system) => new();
    }

    public sealed class AutoLoaded : IExtension;

    public sealed class AutoLoadedProvider : ExtensionIdProvider<AutoLoaded>
    {
        public override AutoLoaded CreateExtension(ExtendedActorSystem system) => new();
    }
}
