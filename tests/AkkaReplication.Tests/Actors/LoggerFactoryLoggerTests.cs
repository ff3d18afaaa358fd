using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Microsoft.Extensions.Logging;

namespace AkkaReplication.Tests.Actors;

/// <summary>The logger as the event stream's subscriber that it is; what its lines hold, HostLoggingTests say.</summary>
public sealed class LoggerFactoryLoggerTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Throwing _factory = new();
    private readonly ActorSystem _system;

    public LoggerFactoryLoggerTests() => _system = ActorSystem.Create(
        "logging",
        ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(
                $"akka {{ loglevel = DEBUG, stdout-loglevel = OFF, loggers = [\"{typeof(LoggerFactoryLogger).FullName}, AkkaReplication\"] }}")),
            new LoggerFactorySetup(_factory)));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _system.Terminate().WaitAsync(Patience);

    public void Dispose() => _factory.Dispose();

    [Fact]
    public async Task A_host_whose_logger_throws_loses_that_line_and_no_other()
    {
        _system.Log.Info("before");
        await _factory.Logged("before");
        _factory.ThrowsOn = "bad";
        _system.Log.Info("bad");
        _system.Log.Info("after");

        await _factory.Logged("after");
    }

    [Fact]
    public async Task What_it_does_not_know_is_left_alone()
    {
        var logger = _system.ActorOf(Props.Create(() => new LoggerFactoryLogger()));
        var started = await logger.Ask<LoggerInitialized>(new InitializeLogger(_system.EventStream), Patience);
        Assert.NotNull(started);
        logger.Tell("nonsense");
        logger.Tell(new Info("source", typeof(LoggerFactoryLoggerTests), "still here"));

        await _factory.Logged("still here");
    }

    [Fact]
    public async Task What_is_logged_before_it_was_told_to_begin_is_not_lost()
    {
        var logger = _system.ActorOf(Props.Create(() => new LoggerFactoryLogger()));
        logger.Tell(new Warning("source", typeof(LoggerFactoryLoggerTests), "early"));

        await _factory.Logged("early");
    }

    private sealed class Throwing : ILoggerFactory, ILogger
    {
        private readonly Lock _lock = new();
        private readonly List<string> _lines = [];
        private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? ThrowsOn { get; set; }

        public async Task Logged(string line)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                Task more;
                lock (_lock)
                {
                    if (_lines.Contains(line))
                        return;
                    more = _more.Task;
                }

                await more.WaitAsync(patience.Token);
            }
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = formatter(state, exception);
            if (line == ThrowsOn)
                throw new InvalidOperationException("The host's logger is broken.");
            lock (_lock)
            {
                _lines.Add(line);
                _more.SetResult();
                _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public void Dispose()
        {
        }
    }
}
