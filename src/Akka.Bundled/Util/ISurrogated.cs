using Akka.Actor;

namespace Akka.Util;

/// <summary>
/// The serialisable stand-in of an object that cannot be serialised as it is, such as an actor reference.
/// </summary>
public interface ISurrogate
{
    /// <summary>Gives back the object this surrogate stands for, bound to <paramref name="system"/>.</summary>
    ISurrogated FromSurrogate(ActorSystem system);
}

/// <summary>An object that serialises through a surrogate.</summary>
public interface ISurrogated
{
    /// <summary>Makes the surrogate that goes into the serialised form.</summary>
    ISurrogate ToSurrogate(ActorSystem system);
}
