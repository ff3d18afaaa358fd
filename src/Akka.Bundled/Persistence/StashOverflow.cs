using Akka.Configuration;

namespace Akka.Persistence;

/// <summary>What happens to a command that does not fit into the stash of a persistent actor any more.</summary>
public interface IStashOverflowStrategy;

/// <summary>Makes the strategy that the configuration names.</summary>
public interface IStashOverflowStrategyConfigurator
{
    /// <summary>Creates the strategy from the configuration of the system.</summary>
    IStashOverflowStrategy Create(Config config);
}

/// <summary>The command becomes a dead letter.</summary>
public class DiscardToDeadLetterStrategy : IStashOverflowStrategy
{
    private DiscardToDeadLetterStrategy()
    {
    }

    /// <summary>The only instance.</summary>
    public static DiscardToDeadLetterStrategy Instance { get; } = new();
}

/// <summary>The actor fails with StashOverflowException.</summary>
public class ThrowOverflowExceptionStrategy : IStashOverflowStrategy
{
    private ThrowOverflowExceptionStrategy()
    {
    }

    /// <summary>The only instance.</summary>
    public static ThrowOverflowExceptionStrategy Instance { get; } = new();
}

/// <summary>The command is dropped and its sender gets a reply.</summary>
public sealed class ReplyToStrategy : IStashOverflowStrategy
{
    /// <summary>Creates the strategy with the reply.</summary>
    public ReplyToStrategy(object response)
    {
        Response = response;
    }

    /// <summary>The reply.</summary>
    public object Response { get; }
}

/// <summary>Names <see cref="ThrowOverflowExceptionStrategy"/> in a configuration.</summary>
public sealed class ThrowExceptionConfigurator : IStashOverflowStrategyConfigurator
{
    /// <inheritdoc/>
    public IStashOverflowStrategy Create(Config config) => ThrowOverflowExceptionStrategy.Instance;
}

/// <summary>Names <see cref="DiscardToDeadLetterStrategy"/> in a configuration.</summary>
public sealed class DiscardConfigurator : IStashOverflowStrategyConfigurator
{
    /// <inheritdoc/>
    public IStashOverflowStrategy Create(Config config) => DiscardToDeadLetterStrategy.Instance;
}
