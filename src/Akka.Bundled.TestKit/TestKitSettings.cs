using Akka.Actor;
using Akka.Configuration;

namespace Akka.TestKit;

/// <summary>The settings of <c>akka.test</c>, read once.</summary>
public class TestKitSettings : IExtension
{
    /// <summary>Reads <paramref name="config"/>, the whole configuration of a system.</summary>
    public TestKitSettings(Config config)
    {
        DefaultTimeout = config.GetTimeSpan("akka.test.default-timeout", TimeSpan.FromSeconds(5), allowInfinite: false);
        SingleExpectDefault =
            config.GetTimeSpan("akka.test.single-expect-default", TimeSpan.FromSeconds(3), allowInfinite: false);
        TestEventFilterLeeway =
            config.GetTimeSpan("akka.test.filter-leeway", TimeSpan.FromSeconds(3), allowInfinite: false);
        TestTimeFactor = config.GetDouble("akka.test.timefactor", 1.0);
        if (!(TestTimeFactor > 0))
            throw new ConfigurationException($"akka.test.timefactor is {TestTimeFactor}; it must be above zero.");
    }

    /// <summary>How long latches and barriers wait.</summary>
    public TimeSpan DefaultTimeout { get; }

    /// <summary>How long one expectation waits outside a Within block, before dilation.</summary>
    public TimeSpan SingleExpectDefault { get; }

    /// <summary>How long an event filter waits for its events after the filtered block.</summary>
    public TimeSpan TestEventFilterLeeway { get; }

    /// <summary>What dilated times are multiplied by.</summary>
    public double TestTimeFactor { get; }
}
