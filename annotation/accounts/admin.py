"""People, tokens and the audit trail in the back office.

Staff add people, correct how they are named and end their access; the audit trail tells who did.
"""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminPasswordWidget

from annotation.accounts import services
from annotation.accounts.models import ApiToken, AuditEvent, User
from annotation.lib.admin import ReadOnlyAdmin


def sign_in_page(request: HttpRequest, extra_context: Any = None) -> HttpResponseRedirect:
    """The back office has no door of its own: one sign-in, with the second factor, for everything."""
    wanted = request.GET.get("next", "/admin/")
    return HttpResponseRedirect(f"/sign-in?{urlencode({'next': wanted})}")


admin.site.login = sign_in_page  # type: ignore[method-assign]
admin.site.unregister(Group)  # what people may do comes from memberships alone

CHANGEABLE = ("display_name", "email", "locale", "is_active", "is_staff")


class NewPersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person who can sign in."""

    password = forms.CharField(widget=UnfoldAdminPasswordWidget, strip=False)

    class Meta:
        model = User
        fields = ("username", "display_name", "email", "locale")

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(username=self.cleaned_data.get("username", "")))
        return password


@admin.register(User)
class UserAdmin(ModelAdmin):
    """People. Whoever stands for imported data cannot be changed at all."""

    list_display = ("username", "display_name", "is_active", "is_staff", "is_pseudonymous")
    list_filter = ("is_active", "is_staff", "is_pseudonymous")
    search_fields = ("username", "display_name", "email")
    ordering = ("username",)
    change_password_form = AdminPasswordChangeForm

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewPersonForm
        return super().get_form(request, obj, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return ["username", "display_name", "email", "locale", "password"]
        return ["username", *CHANGEABLE, "is_superuser", "is_pseudonymous", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        fixed = ["username", "is_superuser", "is_pseudonymous", "last_login"]
        return fixed if request.user.is_superuser else [*fixed, "is_staff"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and (obj.is_pseudonymous or _is_above(obj, request.user)):
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        actor = request.user
        assert isinstance(actor, User)
        if change:
            names = [name for name in form.changed_data if name in CHANGEABLE]
            changes = {name: form.cleaned_data[name] for name in names}
            services.change_person(actor=actor, person=User.objects.get(pk=obj.pk), changes=changes)
        else:
            services.add_person(actor=actor, person=obj, password=form.cleaned_data["password"])


def _is_above(person: User, actor: Any) -> bool:
    return person.is_superuser and not actor.is_superuser


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens by their prefix; the secret is nowhere."""

    list_display = ("name", "prefix", "user", "scopes", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("prefix", "user__username")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Revoke the chosen tokens")
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        assert isinstance(request.user, User)
        for token in chosen:
            services.revoke_token(actor=request.user, token=token)
        self.message_user(request, f"{len(chosen)} revoked.")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what."""

    list_display = ("at", "actor", "action", "object_type", "object_id")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("object_id", "actor__username")
    show_full_result_count = False
