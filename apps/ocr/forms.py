"""The form that an image is tried out with."""

from typing import Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.ocr.images import FORMATS, LARGEST
from apps.ocr.wishes import Numeric, Wishes

_CHARACTERS: Final = (("0", "Any"), ("1", "Digits"), ("2", "No digits"))


class ImageForm(forms.Form):
    """An image, and which characters its text has."""

    image = forms.FileField(
        label="Image",
        allow_empty_file=True,
        help_text=f"{FORMATS}; at most {LARGEST:,} bytes and 10 million pixels.",
        error_messages={"required": "Choose the image whose text is to be read."},
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )
    numeric = forms.TypedChoiceField(
        label="Characters", choices=_CHARACTERS, coerce=int, initial="0", widget=forms.RadioSelect
    )

    @property
    def content(self) -> bytes:
        """The image's bytes, no more of them than show that there are too many."""
        sent: UploadedFile = self.cleaned_data["image"]
        return bytes(sent.read(LARGEST + 1))

    @property
    def wishes(self) -> Wishes:
        """What the text has to be like."""
        return Wishes(numeric=Numeric(self.cleaned_data["numeric"]))
