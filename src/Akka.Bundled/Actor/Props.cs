using System.Linq.Expressions;
using System.Reflection;
using Akka.Util;
using Akka.Util.Internal;

namespace Akka.Actor;

/// <summary>Creates actors in a way of its own, such as from a container.</summary>
public interface IIndirectActorProducer
{
    /// <summary>The type of the actors.</summary>
    Type ActorType { get; }

    /// <summary>Creates an actor; called at every start and restart.</summary>
    ActorBase Produce();

    /// <summary>Takes back an actor that has stopped or been replaced.</summary>
    void Release(ActorBase actor);
}

/// <summary>
/// How to create an actor, at its start and at each restart: its type and the constructor's arguments, which are
/// evaluated once. Immutable.
/// </summary>
public class Props : IEquatable<Props>, ISurrogated
{
    /// <summary>No actor at all.</summary>
    public static readonly Props None = new(new NoProducer(), []);

    private readonly IIndirectActorProducer _producer;

    /// <summary>A copy.</summary>
    protected Props(Props copy)
        : this(copy._producer, copy.Arguments)
    {
        Deploy = copy.Deploy;
        SupervisorStrategy = copy.SupervisorStrategy;
    }

    /// <summary>An actor of a type.</summary>
    public Props(Type type)
        : this(type, [])
    {
    }

    /// <summary>An actor of a type, with the constructor's arguments.</summary>
    public Props(Type type, object[] args)
        : this(new ActivatorProducer(type, args), args)
    {
    }

    private Props(IIndirectActorProducer producer, object[] args)
    {
        _producer = producer;
        Arguments = args;
    }

    /// <summary>An actor that does nothing.</summary>
    public static Props Empty { get; } = Create<EmptyActor>();

    /// <summary>The type of the actor.</summary>
    public Type Type => _producer.ActorType;

    /// <summary>The name of the type.</summary>
    public string TypeName => TypeResolution.OfficialName(Type);

    /// <summary>The constructor's arguments.</summary>
    public object[] Arguments { get; }

    /// <summary>How the actor is to be run.</summary>
    public Deploy Deploy { get; protected set; } = Deploy.Local;

    /// <summary>How it treats its children; null leaves that to the actor's class.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; protected set; }

    /// <summary>The path of the dispatcher's configuration.</summary>
    public string Dispatcher => Deploy.Dispatcher == Deploy.NoDispatcherGiven
        ? Akka.Dispatch.Dispatchers.DefaultDispatcherId
        : Deploy.Dispatcher;

    /// <summary>The path of the mailbox's configuration.</summary>
    public string Mailbox => Deploy.Mailbox == Deploy.NoMailboxGiven
        ? Akka.Dispatch.Mailboxes.DefaultMailboxId
        : Deploy.Mailbox;

    /// <summary>
    /// An actor by its constructor call. The arguments of the call are evaluated now, and reused at every restart.
    /// </summary>
    /// <exception cref="ArgumentException">The expression is not of the form <c>() => new T(..)</c>.</exception>
    public static Props Create<TActor>(
        Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        if (factory.Body is not NewExpression construction)
        {
            throw new ArgumentException("The create function must be a 'new T (args)' expression", nameof(factory));
        }

        return new Props(construction.Type, Evaluation.ArgumentsOf(construction))
        {
            SupervisorStrategy = supervisorStrategy
        };
    }

    /// <summary>An actor of a type, with the constructor's arguments.</summary>
    public static Props Create<TActor>(params object[] args)
        where TActor : ActorBase => new(typeof(TActor), args);

    /// <summary>An actor of a type, with the way it treats its children.</summary>
    public static Props Create<TActor>(SupervisorStrategy supervisorStrategy)
        where TActor : ActorBase, new() => new(typeof(TActor)) { SupervisorStrategy = supervisorStrategy };

    /// <summary>An actor of a type, with the constructor's arguments.</summary>
    /// <exception cref="ArgumentNullException">The type is null.</exception>
    public static Props Create(Type type, params object[] args)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new Props(type, args);
    }

    /// <summary>An actor that a producer creates.</summary>
    public static Props CreateBy(IIndirectActorProducer producer, params object[] args)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return new Props(producer, args);
    }

    /// <summary>With another deployment.</summary>
    public Props WithDeploy(Deploy deploy) => Changed(copy => copy.Deploy = deploy.WithFallback(Deploy));

    /// <summary>With another dispatcher.</summary>
    public Props WithDispatcher(string dispatcher) => Changed(copy => copy.Deploy = Deploy.WithDispatcher(dispatcher));

    /// <summary>With another mailbox.</summary>
    public Props WithMailbox(string mailbox) => Changed(copy => copy.Deploy = Deploy.WithMailbox(mailbox));

    /// <summary>With another capacity of the stash.</summary>
    public Props WithStashCapacity(int stashCapacity) =>
        Changed(copy => copy.Deploy = Deploy.WithStashCapacity(stashCapacity));

    /// <summary>With another way to treat its children.</summary>
    public Props WithSupervisorStrategy(SupervisorStrategy? supervisorStrategy) =>
        Changed(copy => copy.SupervisorStrategy = supervisorStrategy);

    /// <summary>Creates an actor. Only the runtime may call it.</summary>
    /// <exception cref="TypeLoadException">
    /// The constructor threw, or there is none that takes the arguments.
    /// </exception>
    public virtual ActorBase NewActor() => _producer.Produce()
        ?? throw new ArgumentException($"The producer of {Type} gave no actor.");

    /// <inheritdoc/>
    public bool Equals(Props? other) =>
        other is not null
        && (ReferenceEquals(_producer, other._producer) || _producer is ActivatorProducer)
        && Type == other.Type
        && Deploy.Equals(other.Deploy)
        && Equals(SupervisorStrategy, other.SupervisorStrategy)
        && Arguments.AsSpan().SequenceEqual(other.Arguments);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Props);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Deploy, Arguments.Length);

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) =>
        new PropsSurrogate { Type = Type, Deploy = Deploy, Arguments = Arguments };

    /// <summary>A copy.</summary>
    protected virtual Props Copy() => new(this);

    internal void Release(ActorBase actor) => _producer.Release(actor);

    private Props Changed(Action<Props> change)
    {
        var copy = Copy();
        change(copy);
        return copy;
    }

    /// <summary>The serialised form of props.</summary>
    public class PropsSurrogate : ISurrogate
    {
        /// <summary>The type of the actor.</summary>
        public Type Type { get; set; } = typeof(object);

        /// <summary>How the actor is to be run.</summary>
        public Deploy Deploy { get; set; } = Deploy.None;

        /// <summary>The constructor's arguments.</summary>
        public object[] Arguments { get; set; } = [];

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => new Props(Type, Arguments).WithDeploy(Deploy);
    }

    private sealed class EmptyActor : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class ActivatorProducer(Type actorType, object[] args) : IIndirectActorProducer
    {
        private const BindingFlags PublicConstructors =
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions;

        public Type ActorType => actorType;

        public ActorBase Produce() =>
            (ActorBase)Activator.CreateInstance(actorType, PublicConstructors, null, args, null)!;

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class NoProducer : IIndirectActorProducer
    {
        public Type ActorType => typeof(EmptyActor);

        public ActorBase Produce() => throw new InvalidOperationException("No actor producer specified!");

        public void Release(ActorBase actor)
        {
        }
    }

    /// <summary>Evaluates the arguments of a constructor call, without compiling the usual forms of them.</summary>
    private static class Evaluation
    {
        public static object[] ArgumentsOf(NewExpression construction)
        {
            var arguments = new object[construction.Arguments.Count];
            for (var i = 0; i < arguments.Length; i++)
            {
                arguments[i] = Evaluate(construction.Arguments[i])!;
            }

            return arguments;
        }

        private static object? Evaluate(Expression expression) => expression switch
        {
            ConstantExpression constant => constant.Value,
            MemberExpression { Member: FieldInfo field } member => field.GetValue(Target(member)),
            MemberExpression { Member: PropertyInfo property } member =>
                property.GetValue(Target(member), BindingFlags.DoNotWrapExceptions, null, null, null),
            _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object)))
                .Compile(preferInterpretation: true)()
        };

        private static object? Target(MemberExpression member) =>
            member.Expression is null ? null : Evaluate(member.Expression);
    }
}
