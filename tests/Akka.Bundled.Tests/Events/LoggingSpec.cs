using Akka.Actor;
using Akka.Event;
using Akka.TestKit;

namespace Akka.Conformance.Events;

public sealed class LoggingSpec : ActorSpec
{
    private const string InfoLevel = "akka.loglevel = INFO";

    private readonly TestProbe _log;

    public LoggingSpec() : base(InfoLevel) => _log = Listener<LogEvent>();

    [Fact]
    public async Task Placeholders_are_filled_by_position()
    {
        Sys.Log.Info("{0} and {1}", "one", 2);
        var info = await _log.ExpectMsgAsync<Info>();
        Assert.Equal("one and 2", info.Message.ToString());
        Assert.Equal(LogLevel.InfoLevel, info.LogLevel());
    }

    [Fact]
    public async Task A_text_without_arguments_is_left_alone()
    {
        Sys.Log.Warning("100% {sure}");
        Assert.Equal("100% {sure}", (await _log.ExpectMsgAsync<Warning>()).Message.ToString());
    }

    [Fact]
    public async Task The_cause_goes_with_the_event()
    {
        var cause = new Boom();
        Sys.Log.Error(cause, "Failed {0}", 1);
        var error = await _log.ExpectMsgAsync<Error>();
        Assert.Same(cause, error.Cause);
        Assert.Equal("Failed 1", error.Message.ToString());
        Sys.Log.Warning(cause, "Careful");
        Assert.Same(cause, (await _log.ExpectMsgAsync<Warning>()).Cause);
    }

    [Fact]
    public async Task What_is_below_the_level_is_not_published()
    {
        var log = Logging.GetLogger(Sys, "source");
        Assert.False(log.IsDebugEnabled);
        Assert.True(log.IsInfoEnabled);
        Assert.False(log.IsEnabled(LogLevel.DebugLevel));
        log.Debug("unseen");
        log.Info("seen");
        Assert.Equal("seen", (await _log.ExpectMsgAsync<LogEvent>()).Message.ToString());
    }

    [Fact]
    public async Task An_actor_logs_in_its_own_name()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Talkative()), "talkative");
        actor.Tell("hello");
        var info = await _log.ExpectMsgAsync<Info>();
        Assert.Equal("akka://test/user/talkative", info.LogSource.Split('#')[0]);
        Assert.Equal(typeof(Talkative), info.LogClass);
        Assert.Equal("said hello", info.Message.ToString());
    }

    [Fact]
    public async Task A_source_may_be_a_text_or_an_object()
    {
        Logging.GetLogger(Sys, "the source").Info("a");
        Assert.StartsWith("the source", (await _log.ExpectMsgAsync<Info>()).LogSource, StringComparison.Ordinal);
        Logging.GetLogger(Sys, this).Info("b");
        Assert.Equal(typeof(LoggingSpec), (await _log.ExpectMsgAsync<Info>()).LogClass);
    }

    [Fact]
    public async Task A_logger_is_an_actor_named_in_the_configuration()
    {
        var system = ActorSystem.Create("logged", $$"""
            akka.loglevel = WARNING
            akka.stdout-loglevel = OFF
            akka.loggers = ["{{typeof(Recording).AssemblyQualifiedName}}"]
            """);
        var told = Recording.Next.Task;
        system.Log.Info("below the level");
        system.Log.Warning("recorded");
        Assert.Equal("recorded", await told.WaitAsync(Eventually));
        await system.Terminate();
    }

    private sealed class Talkative : ReceiveActor
    {
        private readonly ILoggingAdapter _log = Context.GetLogger();

        public Talkative() => Receive<string>(text => _log.Info("said {0}", text));
    }

    public sealed class Recording : ReceiveActor
    {
        public static readonly TaskCompletionSource<string> Next =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Recording()
        {
            Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
            Receive<LogEvent>(logEvent => Next.TrySetResult(logEvent.Message.ToString()!));
        }
    }
}
