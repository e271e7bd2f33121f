"""What is asked of a password, beside what Django asks."""

from django.contrib.auth.password_validation import MinimumLengthValidator

from annotation.lib.translating import in_readers_language


class MinimumLength(MinimumLengthValidator):
    """Django words its refusal otherwise than its own Chinese catalogue has it."""

    def get_error_message(self) -> str:
        return in_readers_language(super().get_error_message())
