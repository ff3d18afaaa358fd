using Akka.Configuration;

namespace Akka.TestKit.Configs;

/// <summary>The kit's own configurations.</summary>
public static class TestConfigs
{
    private const string KitDefaults = """
        akka {
          loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
          test {
            # Stretches the times of expectations on slow machines.
            timefactor = 1.0
            filter-leeway = 3s
            single-expect-default = 3s
            default-timeout = 5s

            calling-thread-dispatcher {
              type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit"
              throughput = 2147483647
            }
            test-actor.dispatcher {
              type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit"
              throughput = 2147483647
            }
          }
        }
        """;

    private const string VirtualTime = """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        """;

    /// <summary>What every test system falls back on.</summary>
    public static Config DefaultConfig { get; } = ConfigurationFactory.ParseString(KitDefaults);

    /// <summary>The same, with a scheduler whose time the test moves.</summary>
    public static Config TestSchedulerConfig { get; } =
        ConfigurationFactory.ParseString(VirtualTime).WithFallback(DefaultConfig);
}
