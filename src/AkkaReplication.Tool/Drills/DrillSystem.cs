using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace AkkaReplication.Tool.Drills;

/// <summary>
/// The actor system of a drill: errors go to the drill's own screen, everything below is the timeline's to tell.
/// </summary>
internal static class DrillSystem
{
    private const string Settings = """
        akka {
          loglevel = ERROR
          stdout-loglevel = OFF
          loggers = []
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
        }
        """;

    public static ActorSystem Create(Action<string> onError)
    {
        var system = ActorSystem.Create("akkarepl-drill", ConfigurationFactory.ParseString(Settings));
        var listener = system.ActorOf(Props.Create(() => new ErrorListener(onError)), "errors");
        system.EventStream.Subscribe(listener, typeof(Error));
        return system;
    }

    private sealed class ErrorListener : ReceiveActor
    {
        public ErrorListener(Action<string> onError) =>
            Receive<Error>(error => onError($"{error.LogSource}: {error.Message}{Because(error.Cause)}"));

        private static string Because(Exception? cause) =>
            cause is null ? "" : $" ({cause.GetType().Name}: {OneLine.Of(cause)})";
    }
}
