using Akka.Actor;
using Akka.Event;
using Xunit.Abstractions;

namespace Akka.TestKit.Xunit2;

/// <summary>Writes a system's log to the output of a test; it must survive the end of that test.</summary>
internal sealed class TestOutputLogger : UntypedActor
{
    private readonly ITestOutputHelper _output;
    private readonly string _prefix;

    public TestOutputLogger(ITestOutputHelper output, string prefix)
    {
        _output = output;
        _prefix = prefix;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger initialize:
                initialize.LoggingBus.Subscribe(Self, typeof(LogEvent));
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent logEvent:
                Write(logEvent);
                break;
        }
    }

    private void Write(LogEvent logEvent)
    {
        try
        {
            _output.WriteLine(_prefix + logEvent);
        }
        catch (InvalidOperationException)
        {
            // The test has ended; its output takes no more.
        }
    }
}
