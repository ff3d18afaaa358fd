using System.Runtime.ExceptionServices;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// The life cycle: creation, failure, restart, stop. A failed actor is suspended, and tells its supervisor, whose
/// decision comes back as a system message. Every suspension is matched by one resumption.
/// </summary>
internal partial class ActorCell
{
    private IActorRef? _perpetrator;
    private bool _restartFailed;

    /// <summary>True from a failure to the supervisor's decision, and while the actor stops.</summary>
    public bool IsFailed => _perpetrator is not null;

    private void Create()
    {
        try
        {
            var actor = NewActor();
            _actor = actor;
            actor.AroundPreStart();
            CheckReceiveTimeout(true);
            DebugLifecycle($"Started ({actor})");
        }
        catch (Exception e)
        {
            ClearActor(_actor);
            _actor = null;
            throw new ActorInitializationException(_self, "Exception during creation", e);
        }
    }

    private void FaultRecreate(Exception cause)
    {
        if (_actor is not { } failed)
        {
            Publish(new Error(null, LogSource, LogClass, $"Changing Recreate into Create after {cause}"));
            FaultCreate();
            return;
        }

        if (!Children.IsNormal)
        {
            // Something else is going on already; just keep the suspensions in balance.
            FaultResume(null);
            return;
        }

        DebugLifecycle("Restarting");
        AbandonTasks();
        var message = CurrentMessage;
        try
        {
            // An instance whose own PostRestart failed has nothing to prepare.
            if (!_restartFailed)
            {
                failed.AroundPreRestart(cause, message);
            }
        }
        catch (Exception e)
        {
            // Nothing can be done about it but to say so: the instance will be replaced all the same.
            Publish(new Error(
                new PreRestartException(_self, e, cause, message), LogSource, failed.GetType(), e.Message));
        }

        UnstashAll(failed);
        ClearActor(failed);
        _actor = null;
        if (!Children.TryWait(new WaitReason.Recreation(cause)))
        {
            FinishRecreate(cause);
        }
    }

    private void FinishRecreate(Exception cause)
    {
        // Those that PreRestart has spared; the new instance may make others.
        var survivors = Children.All();
        try
        {
            ResumeMailbox();
            _perpetrator = null;
            var actor = NewActor();
            _actor = actor;
            _restartFailed = true;
            actor.AroundPostRestart(cause, null);
            _restartFailed = false;
            CheckReceiveTimeout(true);
            DebugLifecycle($"Restarted ({actor})");
            foreach (var survivor in survivors)
            {
                survivor.Child.Restart(cause);
            }
        }
        catch (Exception e)
        {
            HandleInvokeFailure(new PostRestartException(_self, e, cause), survivors);
        }
    }

    private void FaultCreate()
    {
        SetReceiveTimeout(null);
        CancelReceiveTimeout();
        StopChildren();
        if (!Children.TryWait(new WaitReason.Creation()))
        {
            FinishCreate();
        }
    }

    private void FinishCreate()
    {
        ResumeMailbox();
        _perpetrator = null;
        try
        {
            Create();
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }
    }

    private void FaultSuspend()
    {
        SuspendMailbox();
        SuspendChildren();
    }

    private void FaultResume(Exception? causedByFailure)
    {
        if (_actor is null)
        {
            Publish(new Error(null, LogSource, LogClass, $"Changing Resume into Create after {causedByFailure}"));
            FaultCreate();
            return;
        }

        var perpetrator = _perpetrator;
        ResumeMailbox();
        if (causedByFailure is not null)
        {
            _perpetrator = null;
            _envelope = default;
        }

        ResumeChildren(causedByFailure, perpetrator);
    }

    private void Terminate()
    {
        SetReceiveTimeout(null);
        CancelReceiveTimeout();
        UnwatchWatchedActors();
        AbandonTasks();
        Children.Refuse();
        StopChildren();
        var wasTerminating = Children.IsTerminating;
        if (!Children.TryWait(WaitReason.Termination.Instance))
        {
            Children.SetTerminated();
            FinishTerminate();
        }
        else if (!wasTerminating)
        {
            // While the children stop: no messages, and no failures to the supervisor.
            SuspendMailbox();
            _perpetrator = _self;
            DebugLifecycle("Stopping");
        }
    }

    /// <summary>
    /// The end. The order matters: the mailbox closes before anyone learns of it; the supervisor learns first, so that
    /// the name is free when a watcher hears of it.
    /// </summary>
    private void FinishTerminate()
    {
        var actor = _actor;
        try
        {
            actor?.AroundPostStop();
        }
        catch (Exception e)
        {
            Publish(new Error(e, LogSource, LogClass, e.Message));
        }

        // Before anybody hears that it is dead: a timer must not fire at it any more.
        CancelTimers(actor);
        UnstashAll(actor);

        _dispatcher.Detach(this);
        for (var message = _stashedSystemMessages; message is not null;)
        {
            var next = message.Next;
            message.Next = null;
            ToDeadLetters(message);
            message = next;
        }

        _stashedSystemMessages = null;
        _parent.SendSystemMessage(
            new DeathWatchNotification(_self, existenceConfirmed: true, addressTerminated: false));
        TellWatchersWeDied();
        UnwatchWatchedActors();
        DebugLifecycle("Stopped");
        ClearActor(actor);
        _actor = null;
        _props = Props.None;
    }

    private void HandleInvokeFailure(Exception cause, IReadOnlyCollection<ChildStats>? childrenNotToSuspend = null)
    {
        if (IsFailed)
        {
            return;
        }

        try
        {
            SuspendMailbox();
            var child = (CurrentMessage as Failed)?.Child;
            _perpetrator = child ?? _self;
            SuspendChildren(child, childrenNotToSuspend);
            _parent.SendSystemMessage(new Failed(_self, cause, _self.Path.Uid));
        }
        catch (Exception e)
        {
            Publish(new Error(
                e, LogSource, LogClass, $"Emergency stop: exception in failure handling for {cause}"));
            StopChildren();
            FinishTerminate();
        }
    }

    private void HandleFailed(Failed failed)
    {
        var interrupted = _envelope;
        _envelope = new Envelope(failed, failed.Child);
        if (Children.Find(failed.Child) is not { } stats || stats.Child.Path.Uid != failed.Uid)
        {
            _envelope = interrupted;
            Publish(new Debug(
                LogSource, LogClass, $"Dropping Failed({failed.Cause}) from unknown child {failed.Child}"));
            return;
        }

        var strategy = _actor is { } actor ? actor.SupervisorStrategyInternal : SupervisorStrategy.DefaultStrategy;
        if (!strategy.HandleFailure(this, stats, failed.Cause, Children.All()))
        {
            // Escalated: this actor fails with the cause of its child. Failed stays the current message until then.
            ExceptionDispatchInfo.Throw(failed.Cause);
        }

        _envelope = interrupted;
    }

    private void HandleChildTerminated(IActorRef child)
    {
        var waiting = Children.Remove(child);
        if (_actor is { } actor)
        {
            try
            {
                actor.SupervisorStrategyInternal.HandleChildTerminated(this, child);
            }
            catch (Exception e)
            {
                Publish(new Error(e, LogSource, LogClass, "HandleChildTerminated failed"));
                HandleInvokeFailure(e);
            }
        }

        switch (waiting)
        {
            case WaitReason.Recreation recreation:
                FinishRecreate(recreation.Cause);
                break;
            case WaitReason.Creation:
                FinishCreate();
                break;
            case WaitReason.Termination:
                FinishTerminate();
                break;
        }
    }

    /// <summary>
    /// Puts what is stashed back in front of the mailbox: for the next instance, or for the dead letters.
    /// </summary>
    private static void UnstashAll(ActorBase? actor) => (actor as IActorStash)?.Stash?.UnstashAll();
}
