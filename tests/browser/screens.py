"""What the pages are looked at on."""

LANGUAGES = ("en", "zh")
# Width and height in CSS pixels.
WIDE, NARROW = (1440, 900), (360, 740)
