namespace Akka.Actor;

/// <summary>The base of all errors the actor runtime itself reports.</summary>
public abstract class AkkaException : Exception
{
    /// <summary>Without a message.</summary>
    protected AkkaException()
    {
    }

    /// <summary>With a message and its cause.</summary>
    protected AkkaException(string? message, Exception? cause = null)
        : base(message, cause)
    {
    }

    /// <summary>The inner exception.</summary>
    protected Exception? Cause => InnerException;
}

/// <summary>An actor could not be created, started or restarted. The default decider stops it.</summary>
public class ActorInitializationException : AkkaException
{
    /// <summary>Without a message.</summary>
    public ActorInitializationException()
    {
    }

    /// <summary>With a message.</summary>
    public ActorInitializationException(string? message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public ActorInitializationException(string? message, Exception? cause)
        : base(message, cause)
    {
    }

    /// <summary>With the actor it happened to.</summary>
    public ActorInitializationException(IActorRef? actor, string? message, Exception? cause = null)
        : base(message, cause) => Actor = actor;

    /// <summary>The actor it happened to.</summary>
    public IActorRef? Actor { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Actor is null ? base.ToString() : $"{Actor}: {base.ToString()}";
}

/// <summary>PreRestart threw.</summary>
public class PreRestartException : ActorInitializationException
{
    /// <summary>Tells what PreRestart threw, and why the actor was to be restarted.</summary>
    public PreRestartException(IActorRef? actor, Exception restartException, Exception cause, object? optionalMessage)
        : base(
            actor,
            $"Exception in PreRestart(exception = {cause?.GetType().ToString() ?? "null"}, " +
            $"message = {optionalMessage?.GetType().ToString() ?? "null"})",
            cause)
    {
        RestartException = restartException;
        OptionalMessage = optionalMessage;
    }

    /// <summary>What PreRestart threw.</summary>
    public Exception RestartException { get; }

    /// <summary>The message the actor had failed on.</summary>
    public object? OptionalMessage { get; }
}

/// <summary>The constructor or PostRestart of the new instance threw.</summary>
public class PostRestartException : ActorInitializationException
{
    /// <summary>Tells what was thrown, and why the actor was restarted.</summary>
    public PostRestartException(IActorRef? actor, Exception cause, Exception originalCause)
        : base(actor, $"Exception post restart ({originalCause?.GetType().ToString() ?? "null"})", cause) =>
        OriginalCause = originalCause!;

    /// <summary>Why the actor was restarted.</summary>
    public Exception OriginalCause { get; }
}

/// <summary>The actor got a <see cref="Kill"/>.</summary>
public class ActorKilledException : AkkaException
{
    /// <summary>Without a message.</summary>
    public ActorKilledException()
    {
    }

    /// <summary>With a message.</summary>
    public ActorKilledException(string? message)
        : base(message)
    {
    }
}

/// <summary>A selection resolved to nothing.</summary>
public class ActorNotFoundException : AkkaException
{
    /// <summary>Without a message.</summary>
    public ActorNotFoundException()
    {
    }

    /// <summary>With a message and its cause.</summary>
    public ActorNotFoundException(string? message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>Nobody answered an Ask in time.</summary>
public class AskTimeoutException : AkkaException
{
    /// <summary>With a message.</summary>
    public AskTimeoutException(string? message)
        : base(message)
    {
    }
}

/// <summary>The watcher of a stopped actor did not handle <see cref="Terminated"/>.</summary>
public class DeathPactException : AkkaException
{
    /// <summary>Names the actor that has stopped.</summary>
    public DeathPactException(IActorRef deadActor)
        : base($"Monitored actor [{deadActor}] terminated") => DeadActor = deadActor;

    /// <summary>The actor that has stopped.</summary>
    public IActorRef DeadActor { get; }
}

/// <summary>An operation does not fit the state of the actor.</summary>
public class IllegalActorStateException : AkkaException
{
    /// <summary>With a message.</summary>
    public IllegalActorStateException(string? message)
        : base(message)
    {
    }
}

/// <summary>An actor's name is malformed or already taken.</summary>
public class InvalidActorNameException : AkkaException
{
    /// <summary>With a message.</summary>
    public InvalidActorNameException(string? message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public InvalidActorNameException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A message that cannot be sent.</summary>
public class InvalidMessageException : AkkaException
{
    /// <summary>Without a message.</summary>
    public InvalidMessageException()
        : this("Message is null")
    {
    }

    /// <summary>With a message.</summary>
    public InvalidMessageException(string? message)
        : base(message)
    {
    }
}

/// <summary>A logger could not be started.</summary>
public class LoggerInitializationException : AkkaException
{
    /// <summary>Without a message.</summary>
    public LoggerInitializationException()
    {
    }

    /// <summary>With a message.</summary>
    public LoggerInitializationException(string? message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public LoggerInitializationException(string? message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>A stash is full.</summary>
public class StashOverflowException : AkkaException
{
    /// <summary>With a message and its cause.</summary>
    public StashOverflowException(string? message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
