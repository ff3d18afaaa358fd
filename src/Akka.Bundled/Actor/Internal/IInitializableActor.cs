namespace Akka.Actor.Internal;

/// <summary>An actor that wants a call between its construction and its first message.</summary>
public interface IInitializableActor
{
    /// <summary>Called once per instance.</summary>
    void Init();
}
