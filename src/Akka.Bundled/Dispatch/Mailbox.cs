using Akka.Actor;
using Akka.Dispatch.MessageQueues;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>
/// Owns the messages of one actor and the right to run it: whoever sets the scheduled bit, and nobody else, may run the
/// actor. System messages go first; user messages wait while the actor is suspended.
/// </summary>
internal sealed class Mailbox : IRunnable, IThreadPoolWorkItem
{
    private const int Closed = 1;
    private const int Scheduled = 2;
    private const int SuspendUnit = 4;

    private readonly MessageDispatcher _dispatcher;
    private readonly ActorCell _cell;
    private readonly SystemMessageQueue _systemQueue = new();
    private int _status;

    public Mailbox(ActorCell cell, MessageDispatcher dispatcher, IMessageQueue queue)
    {
        _cell = cell;
        _dispatcher = dispatcher;
        Queue = queue;
    }

    public IMessageQueue Queue { get; }

    public MessageDispatcher Dispatcher => _dispatcher;

    public bool IsClosed => (Volatile.Read(ref _status) & Closed) != 0;

    public bool IsSuspended => Volatile.Read(ref _status) >= SuspendUnit;

    public bool IsScheduled => (Volatile.Read(ref _status) & Scheduled) != 0;

    public bool HasMessages => Queue.HasMessages;

    public bool HasSystemMessages => !_systemQueue.IsEmpty;

    /// <summary>Puts a user message in; a closed mailbox passes it on to the dead letters.</summary>
    public void Enqueue(Envelope envelope)
    {
        if (IsClosed)
        {
            _cell.ToDeadLetters(envelope);
            return;
        }

        Queue.Enqueue(_cell.Self, envelope);
        if (IsClosed)
        {
            // It was closed in between: the sweep of Close may have missed this message.
            SweepToDeadLetters();
        }
    }

    /// <summary>Puts a system message in; false when the mailbox is closed.</summary>
    public bool TryEnqueueSystem(SystemMessage message) => _systemQueue.TryEnqueue(message);

    public void Suspend() => Interlocked.Add(ref _status, SuspendUnit);

    /// <summary>Takes back one suspension; true when it was the last.</summary>
    public bool Resume()
    {
        while (true)
        {
            var status = Volatile.Read(ref _status);
            if (status < SuspendUnit)
            {
                return true;
            }

            if (Interlocked.CompareExchange(ref _status, status - SuspendUnit, status) == status)
            {
                return status - SuspendUnit < SuspendUnit;
            }
        }
    }

    /// <summary>Takes the right to run the actor, if there is something to run it for.</summary>
    public bool TrySchedule(bool hasMessages, bool hasSystemMessages)
    {
        while (true)
        {
            var status = Volatile.Read(ref _status);
            if ((status & (Closed | Scheduled)) != 0)
            {
                return false;
            }

            var runnable = hasSystemMessages
                || HasSystemMessages
                || (status < SuspendUnit && (hasMessages || HasMessages));
            if (!runnable)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _status, status | Scheduled, status) == status)
            {
                return true;
            }
        }
    }

    /// <summary>Gives back the right to run the actor.</summary>
    public void SetIdle() => Interlocked.And(ref _status, ~Scheduled);

    void IThreadPoolWorkItem.Execute() => Run();

    public void Run()
    {
        var previous = ActorCell.Current;
        ActorCell.Current = _cell;
        try
        {
            if (!IsClosed)
            {
                ProcessSystemMessages();
                ProcessMessages();
            }
        }
        catch (Exception e)
        {
            // The cell turns failures of actors into messages; what arrives here would end the process.
            _dispatcher.ReportFailure(e);
        }
        finally
        {
            ActorCell.Current = previous;
            SetIdle();
            _dispatcher.RegisterForExecution(this, false, false);
        }
    }

    /// <summary>
    /// Runs what is queued, system messages first, until the batch is full. For the thread with the right to.
    /// </summary>
    public void ProcessMessages()
    {
        var left = Math.Max(_dispatcher.Throughput, 1);
        var deadline = _dispatcher.NewDeadline();
        while ((Volatile.Read(ref _status) & ~Scheduled) == 0 && Queue.TryDequeue(out var envelope))
        {
            _cell.Invoke(envelope);
            ProcessSystemMessages();
            if (--left == 0 || (deadline != 0 && MessageDispatcher.IsPast(deadline)))
            {
                return;
            }
        }
    }

    public void ProcessSystemMessages()
    {
        while (!_systemQueue.IsEmpty && !IsClosed)
        {
            for (var message = _systemQueue.TakeAll(); message is not null;)
            {
                var next = message.Next;
                message.Next = null;
                _cell.InvokeSystem(message);
                message = next;
            }
        }
    }

    /// <summary>Ends the mailbox: what is in it, and all that comes, goes to the dead letters.</summary>
    public void Close()
    {
        Interlocked.Or(ref _status, Closed);
        for (var message = _systemQueue.Close(); message is not null;)
        {
            var next = message.Next;
            message.Next = null;
            _cell.ToDeadLetters(message);
            message = next;
        }

        SweepToDeadLetters();
    }

    private void SweepToDeadLetters()
    {
        lock (_systemQueue)
        {
            Queue.CleanUp(_cell.Self, _cell.SystemImpl.Mailboxes.DeadLetterQueue);
        }
    }
}

/// <summary>
/// The system messages of one actor: a stack that many threads push to and the owner takes as a whole, reversed into
/// the order of arrival. Once closed it accepts nothing.
/// </summary>
internal sealed class SystemMessageQueue
{
    private static readonly SystemMessage ClosedMark = new Create();

    private SystemMessage? _last;

    public bool IsEmpty => Volatile.Read(ref _last) is not { } last || ReferenceEquals(last, ClosedMark);

    public bool TryEnqueue(SystemMessage message)
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (ReferenceEquals(last, ClosedMark))
            {
                return false;
            }

            message.Next = last;
            if (ReferenceEquals(Interlocked.CompareExchange(ref _last, message, last), last))
            {
                return true;
            }
        }
    }

    /// <summary>The oldest message, linked to those that follow; null when there is none.</summary>
    public SystemMessage? TakeAll()
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (last is null || ReferenceEquals(last, ClosedMark))
            {
                return null;
            }

            if (ReferenceEquals(Interlocked.CompareExchange(ref _last, null, last), last))
            {
                return Reverse(last);
            }
        }
    }

    public SystemMessage? Close()
    {
        var last = Interlocked.Exchange(ref _last, ClosedMark);
        return ReferenceEquals(last, ClosedMark) ? null : Reverse(last);
    }

    private static SystemMessage? Reverse(SystemMessage? message)
    {
        SystemMessage? reversed = null;
        while (message is not null)
        {
            var next = message.Next;
            message.Next = reversed;
            reversed = message;
            message = next;
        }

        return reversed;
    }
}
