"""How Chinese texts are held against the rules of setting Chinese, and against the English they translate."""

import re

CJK = "[\u4e00-\u9fff]"


def faults_of_setting(chinese):
    """Half-width marks beside a character, blanks where there are none, brackets and quotes that do not close."""
    chinese = re.sub("`[^`]+`", "", chinese)
    found = re.findall(rf"{CJK}[,.;:!?()\"']|[,;:!?()\"']{CJK}", chinese)
    found += re.findall(rf"{CJK} +\S|\d +%|\d +{CJK}|[，。；：？！、（）“”] ", chinese)
    found += [pair for pair in ("“”", "（）") if chinese.count(pair[0]) != chinese.count(pair[1])]
    return found if re.search(CJK, chinese) else [*found, "no Chinese at all"]


def numbers_left_out(english, chinese):
    """Numbers of the English that the Chinese does not have; "per 100 posts" is put into words."""
    numbers = [set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})", "", text))) for text in (english, chinese)]
    return numbers[0] - numbers[1] - {"100"}
