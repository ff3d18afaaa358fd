using System.Diagnostics;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>
/// Decides on which threads its actors run and for how long at a time. It owns no messages: those are in the mailboxes.
/// </summary>
public abstract class MessageDispatcher
{
    private int _inhabitants;

    /// <summary>A dispatcher made by <paramref name="configurator"/>.</summary>
    private protected MessageDispatcher(MessageDispatcherConfigurator configurator)
    {
        Configurator = configurator;
        Throughput = 30;
    }

    /// <summary>What made this dispatcher.</summary>
    public MessageDispatcherConfigurator Configurator { get; }

    /// <summary>The path of its configuration.</summary>
    public string Id { get; protected internal set; } = "";

    /// <summary>How many messages an actor may handle before it makes room for the next.</summary>
    public int Throughput { get; protected internal set; }

    /// <summary>How long, in ticks, an actor may handle messages before it makes room; null without limit.</summary>
    public long? ThroughputDeadlineTime { get; protected internal set; }

    /// <summary>Where errors go.</summary>
    public EventStream EventStream => Configurator.Prerequisites.EventStream;

    /// <summary>Runs an action on this dispatcher's threads.</summary>
    public void Schedule(Action run) => Schedule(new ActionRunnable(run));

    /// <summary>Runs a piece of work on this dispatcher's threads.</summary>
    public void Schedule(IRunnable run) => ExecuteTask(new GuardedRunnable(this, run));

    /// <summary>Hands work to the threads.</summary>
    protected abstract void ExecuteTask(IRunnable run);

    /// <summary>Reports an error of the dispatcher itself.</summary>
    protected internal void ReportFailure(Exception ex) =>
        EventStream.Publish(new Error(ex, GetType().FullName!, GetType(), ex.Message));

    internal virtual Mailbox CreateMailbox(ActorCell cell, MailboxType mailboxType) =>
        new(cell, this, mailboxType.Create(cell.Self, cell.System));

    internal virtual void Attach(ActorCell cell)
    {
        Interlocked.Increment(ref _inhabitants);
        RegisterForExecution(cell.Mailbox, false, true);
    }

    internal virtual void Detach(ActorCell cell)
    {
        cell.Mailbox.Close();
        if (Interlocked.Decrement(ref _inhabitants) == 0)
        {
            OnUninhabited();
        }
    }

    internal virtual void Dispatch(ActorCell cell, Envelope envelope)
    {
        var mailbox = cell.Mailbox;
        mailbox.Enqueue(envelope);
        RegisterForExecution(mailbox, true, false);
    }

    internal virtual void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        var mailbox = cell.Mailbox;
        if (mailbox.TryEnqueueSystem(message))
        {
            RegisterForExecution(mailbox, false, true);
        }
        else
        {
            cell.ToDeadLetters(message);
        }
    }

    internal virtual void Suspend(ActorCell cell) => cell.Mailbox.Suspend();

    internal virtual void Resume(ActorCell cell)
    {
        if (cell.Mailbox.Resume())
        {
            RegisterForExecution(cell.Mailbox, false, false);
        }
    }

    /// <summary>Has the mailbox run if there is something in it and nobody runs it yet.</summary>
    internal virtual bool RegisterForExecution(Mailbox mailbox, bool hasMessages, bool hasSystemMessages)
    {
        if (!mailbox.TrySchedule(hasMessages, hasSystemMessages))
        {
            return false;
        }

        try
        {
            ExecuteTask(mailbox);
            return true;
        }
        catch (Exception e)
        {
            mailbox.SetIdle();
            ReportFailure(e);
            return false;
        }
    }

    /// <summary>When a batch that begins now must end; 0 without limit.</summary>
    internal long NewDeadline() =>
        ThroughputDeadlineTime is > 0 and var ticks
            ? Stopwatch.GetTimestamp() + (long)(ticks * ((double)Stopwatch.Frequency / TimeSpan.TicksPerSecond))
            : 0;

    internal static bool IsPast(long deadline) => Stopwatch.GetTimestamp() >= deadline;

    /// <summary>True when no actor lives here at the moment.</summary>
    internal bool IsUninhabited => Volatile.Read(ref _inhabitants) == 0;

    /// <summary>True when the dispatcher has threads of its own, which must be ended.</summary>
    internal virtual bool OwnsThreads => false;

    /// <summary>Called when the last actor has left.</summary>
    internal virtual void OnUninhabited()
    {
    }

    /// <summary>Ends the dispatcher's own threads, if it has any.</summary>
    internal virtual void ShutdownThreads()
    {
    }

    /// <summary>Reports what a piece of work throws: on a bare thread it would end the process.</summary>
    private sealed class GuardedRunnable(MessageDispatcher dispatcher, IRunnable work) : IRunnable
    {
        public void Run()
        {
            try
            {
                work.Run();
            }
            catch (Exception e)
            {
                dispatcher.ReportFailure(e);
            }
        }
    }
}
