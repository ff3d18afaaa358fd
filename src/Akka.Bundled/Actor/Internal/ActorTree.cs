using System.Text;

namespace Akka.Actor.Internal;

/// <summary>Prints the hierarchy of the actors.</summary>
internal static class ActorTree
{
    public static string Print(IInternalActorRef root)
    {
        var text = new StringBuilder();
        Append(text, root, 0);
        return text.ToString().TrimEnd();
    }

    private static void Append(StringBuilder text, IInternalActorRef node, int depth)
    {
        text.Append(' ', depth * 3).Append("-> ").Append(node.Path.Depth == 0 ? "/" : node.Path.Name);
        if (node is not LocalActorRef local)
        {
            text.Append(' ').Append(node.GetType().Name).AppendLine();
            return;
        }

        var children = local.ChildRefs.OrderBy(c => c.Path.Name, StringComparer.Ordinal).ToArray();
        text.Append(' ').Append(local.Cell.Actor?.GetType().ToString() ?? "no instance")
            .Append(' ').Append(children.Length).Append(" children").AppendLine();
        foreach (var child in children)
        {
            Append(text, child, depth + 1);
        }
    }
}
