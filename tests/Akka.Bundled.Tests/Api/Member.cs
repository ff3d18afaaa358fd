using System.Reflection;

namespace Akka.Conformance.Api;

/// <summary>One member of a type, in the form it has or in a weaker one.</summary>
internal sealed record Member(MemberInfo Info)
{
    private bool? _isPublic;
    private bool? _isVirtual;
    private bool? _isAbstract;
    private bool? _isReadOnly;
    private bool _hidesSetter;
    private bool _protectsSetter;

    public bool IsAbstract => _isAbstract ?? Accessor?.IsAbstract == true;

    /// <summary>An override says nothing new, unless it is the first to be seen because its base is hidden.</summary>
    public bool IsOverride => Accessor is MethodInfo method && method.GetBaseDefinition() is var first &&
        first != method && first.DeclaringType!.IsVisible && IsVisible(first, null);

    private bool IsPublic => _isPublic ?? (Info as FieldInfo)?.IsPublic ?? Accessor!.IsPublic;

    private bool IsVirtual => _isVirtual ?? Accessor is { IsVirtual: true, IsFinal: false, IsAbstract: false };

    private bool IsReadOnly => _isReadOnly ?? Info is FieldInfo { IsInitOnly: true };

    private bool IsStatic => (Info as FieldInfo)?.IsStatic ?? Accessor!.IsStatic;

    /// <summary>The method that stands for the member: of a property or an event the most accessible one.</summary>
    private MethodBase? Accessor => Info switch
    {
        MethodBase method => method,
        PropertyInfo property => Wider(property.GetMethod, property.SetMethod),
        EventInfo declared => declared.AddMethod,
        _ => null,
    };

    public bool IsVisibleFrom(Type type)
    {
        var isOperator = Info.Name.StartsWith("op_", StringComparison.Ordinal);
        if (Info is MethodInfo { IsSpecialName: true } && !isOperator) return false;
        if (Info is ConstructorInfo { IsStatic: true } || Info.Name == "value__") return false;
        return Info is FieldInfo field
            ? field.IsPublic || (field.IsFamily && !type.IsSealed)
            : IsVisible(Accessor, type);
    }

    /// <summary>This and every form that asks less of a runtime.</summary>
    public IEnumerable<Member> Weaker()
    {
        IEnumerable<Member> forms = [this];
        if (IsPublic) forms = forms.SelectMany(form => new[] { form, form with { _isPublic = false } });
        if (IsVirtual)
        {
            forms = forms.SelectMany(form => new[]
            {
                form, form with { _isVirtual = false }, form with { _isVirtual = false, _isAbstract = true },
            });
        }

        if (Info is FieldInfo { IsInitOnly: false, IsLiteral: false })
            forms = forms.SelectMany(form => new[] { form, form with { _isReadOnly = true } });
        if (Info is PropertyInfo { SetMethod: not null, GetMethod: not null })
        {
            forms = forms.SelectMany(form => new[]
            {
                form, form with { _hidesSetter = true }, form with { _protectsSetter = true },
            });
        }

        return forms;
    }

    public string Text(Type owner)
    {
        var modifiers = string.Concat(
            Info.IsDefined(typeof(ObsoleteAttribute), inherit: false) ? "[Obsolete] " : "",
            IsPublic ? "" : "protected ",
            IsStatic && Info is not FieldInfo { IsLiteral: true } ? "static " : "",
            !owner.IsInterface && IsAbstract ? "abstract " : "",
            !owner.IsInterface && IsVirtual ? "virtual " : "",
            IsReadOnly ? "readonly " : "");
        return modifiers + Info switch
        {
            ConstructorInfo constructor => $"new{ApiNames.Parameters(constructor)}",
            MethodInfo method => Method(method),
            PropertyInfo property => Property(property),
            FieldInfo { IsLiteral: true } constant =>
                $"const {ApiNames.Of(constant.FieldType)} {constant.Name} = {Convert(constant)}",
            FieldInfo field => $"{ApiNames.Of(field.FieldType)} {field.Name}",
            EventInfo declared => $"event {ApiNames.Of(declared.EventHandlerType!)} {declared.Name}",
            _ => Info.ToString(),
        };
    }

    private static string Convert(FieldInfo constant) => ApiNames.Value(constant.GetRawConstantValue());

    private static string Method(MethodInfo method) =>
        $"{ApiNames.Of(method.ReturnType)} {method.Name}{ApiNames.Generic(method)}{ApiNames.Parameters(method)}" +
        ApiNames.Constraints(method.GetGenericArguments());

    private string Property(PropertyInfo property)
    {
        var index = property.GetIndexParameters();
        var name = index.Length == 0
            ? property.Name
            : $"this[{string.Join(", ", index.Select(parameter => ApiNames.Of(parameter.ParameterType)))}]";
        var get = property.GetMethod is { } getter && IsVisible(getter, null) ? $"{Access(getter)}get; " : "";
        var set = property.SetMethod is { } setter && IsVisible(setter, null) && !_hidesSetter
            ? $"{(_protectsSetter && IsPublic ? "protected " : Access(setter))}set; "
            : "";
        return $"{ApiNames.Of(property.PropertyType)} {name} {{ {get}{set}}}";
    }

    private string Access(MethodInfo accessor) => accessor.IsPublic || !IsPublic ? "" : "protected ";

    private static MethodInfo? Wider(MethodInfo? get, MethodInfo? set)
    {
        if (get is null || set is null) return get ?? set;
        return !get.IsPublic && set.IsPublic ? set : get;
    }

    private static bool IsVisible(MethodBase? method, Type? type) => method is not null &&
        (method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && type?.IsSealed != true));
}
