"""What can be wrong with a personnel register: a code with one meaning each, and where, and never what was written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from cadre_research.errors import RegisterError

__all__ = ["CODES", "LARGEST_SHOWN", "Code", "Fault", "refuse", "refuse_all"]

LARGEST_SHOWN = 100


class Code(NamedTuple):
    """What a code means, and what to do."""

    meaning_en: str
    remedy_en: str
    meaning_zh: str
    remedy_zh: str


CODES = {
    "R001": Code(
        "the file cannot be read",
        "Give the path of a file that you may read.",
        "文件无法读取",
        "请给出可读取的文件路径",
    ),
    "R002": Code(
        "not a kind of file that is read",
        "Save as .csv, .parquet or .xlsx.",
        "文件类型不支持",
        "请另存为 .csv、.parquet 或 .xlsx",
    ),
    "R003": Code("the file is too large", "Leave out columns that are not asked for.", "文件过大", "请删去不需要的列"),
    "R004": Code(
        "not an encoding that is read",
        "Declare utf-8-sig (also plain UTF-8) or gb18030.",
        "编码不支持",
        "请声明 utf-8-sig（含 UTF-8）或 gb18030",
    ),
    "R005": Code(
        "bytes that are not of the declared encoding",
        "Declare the encoding that the file was saved in, utf-8-sig or gb18030, or save it anew as one of them.",
        "字节与声明的编码不符",
        "请声明文件实际使用的编码，或另存为上述编码",
    ),
    "R006": Code(
        "a NUL byte", "Save the file anew as text in the declared encoding.", "含空字节", "请按声明的编码另存为文本"
    ),
    "R007": Code("nothing in the file", "Export the register again.", "空文件", "请重新导出"),
    "R008": Code("headers, and no row below them", "Export the register again.", "只有表头，没有数据行", "请重新导出"),
    "R009": Code(
        "a quotation mark that is never closed or stands inside an unquoted cell",
        'Put the whole cell in quotation marks and double those within it: "".',
        "引号未闭合或位置不当",
        "请将整个单元格加引号，其中的引号写两遍",
    ),
    "R010": Code(
        "a row with more or fewer cells than the header",
        "Quote cells that hold commas, and leave nothing beyond the last header.",
        "列数与表头不符",
        "含逗号的单元格请加引号，表头之外不得有内容",
    ),
    "R011": Code("two headers for the same column", "Keep one of the two.", "表头重复", "请只保留一列"),
    "R012": Code(
        "a required column is missing",
        "Add it; see `cadre-research register template`.",
        "缺少必需的列",
        "请补上该列，参见 cadre-research register template",
    ),
    "R013": Code(
        "a header that is not known",
        "Rename it, or leave the column out: what is not asked for should not be passed on. Headers come first, and "
        "in a .csv file cells end with commas.",
        "表头无法识别",
        "请改名或删去该列：不需要的数据不应提供；表头须在首行，.csv 文件的分隔符须为逗号",
    ),
    "R014": Code("too many rows", "Split the register by unit.", "行数过多", "请按单位拆分"),
    "R015": Code(
        "too many columns", "Keep the columns of the data dictionary.", "列数过多", "请只保留数据说明所列各列"
    ),
    "R016": Code("a cell is too long", "Shorten it to 200 characters.", "单元格内容过长", "请缩短至200字以内"),
    "R017": Code(
        "the file unpacks to far more than it should", "Save the register as .csv.", "解压后体积过大", "请另存为 .csv"
    ),
    "R018": Code(
        "more than one sheet in the workbook",
        "Save the register alone in a workbook.",
        "工作表多于一张",
        "请将登记表单独存为一个工作簿",
    ),
    "R019": Code(
        "the file is damaged, or not what its name says", "Save it anew.", "文件损坏或与扩展名不符", "请重新保存"
    ),
    "R020": Code(
        "a Parquet column of a type that is not read",
        "Store it as text, whole numbers, days, timestamps without zone, or true and false; nothing nested.",
        "Parquet 列类型不支持",
        "请存为文本、整数、日期、无时区时间或布尔类型，不得嵌套",
    ),
    "R021": Code(
        "a control character, an invisible one, or one lost in an earlier conversion",
        "Type the cell anew.",
        "含控制字符、不可见字符或乱码",
        "请重新输入",
    ),
    "R022": Code(
        "text that a spreadsheet would run as a formula",
        "Nothing may begin with = + - @, a tab or a line break.",
        "可能被电子表格当作公式执行的内容",
        "不得以 = + - @、制表符或换行开头",
    ),
    "R023": Code("an empty cell where one must be filled", "Fill it.", "必填单元格为空", "请填写"),
    "R031": Code(
        "the same id and start twice", "Keep one row for each spell.", "同一人同一任职日期重复", "每段任职只保留一行"
    ),
    "R032": Code(
        "another month of birth than in the person's earliest spell", "Correct one.", "同一人出生年月不一致", "请更正"
    ),
    "R033": Code("another sex than in the person's earliest spell", "Correct one.", "同一人性别不一致", "请更正"),
    "R034": Code(
        "a number that a spreadsheet has rounded",
        "Export the id anew as text.",
        "编号被电子表格四舍五入（科学计数法）",
        "请将编号按文本重新导出",
    ),
    "R040": Code(
        "not a date of the declared form, or no such day",
        "Write it as declared, or declare how it is written.",
        "日期格式不符或日期不存在",
        "请按声明的格式填写，或声明实际所用格式",
    ),
    "R041": Code(
        "a date after the as-of date",
        "Correct it, or give a later as-of date.",
        "日期晚于截止日期",
        "请更正，或给出更晚的截止日期",
    ),
    "R042": Code("a start not after the birth", "Correct one of the two.", "任职日期不晚于出生年月", "请更正其一"),
    "R043": Code("an end before the start", "Correct one of the two.", "免职日期早于任职日期", "请更正其一"),
    "R044": Code(
        "an age under 16 or over 75 at the start",
        "Correct birth or start.",
        "任职时年龄不在16至75岁之间",
        "请更正出生年月或任职日期",
    ),
    "R045": Code(
        "an age over 75 at the end, or at the as-of date where there is none",
        "Give the end, or correct birth or end.",
        "离任时（或截止日期时）年龄超过75岁",
        "请补填免职日期，或更正出生年月、免职日期",
    ),
    "R046": Code(
        "a reason without an end", "Give the end, or clear the reason.", "有原因而无免职日期", "请补填日期，或清除原因"
    ),
    "R047": Code("an end without a reason", "Give the reason.", "有免职日期而无原因", "请补填原因"),
    "R050": Code("not a value of this column", "Use one of those listed.", "取值不在规定范围内", "请使用所列取值"),
    "R051": Code(
        "a rank that is not on the ladder",
        "Use one of those listed, or add it to the ladder.",
        "职务不在阶梯中",
        "请使用所列职务，或将其加入阶梯文件",
    ),
    "R052": Code(
        "a unit that is not on the list of units",
        "Use a unit given, or add it to the list.",
        "单位不在名单中",
        "请更正，或将其加入名单",
    ),
    "R053": Code(
        "a spell starts before the one before it ends", "One rank at a time.", "任职时间重叠", "同一时间只能任一个职务"
    ),
    "R054": Code(
        "a spell follows one without an end",
        "Give the end of the one before.",
        "前一段任职没有免职日期",
        "请补填前一段的免职日期",
    ),
    "R055": Code(
        "a spell follows a way out of the service",
        "Correct the reason of the one before.",
        "退出后又有任职",
        "请更正前一段的原因",
    ),
    "R056": Code(
        "promoted or moved, and no spell starts within 31 days",
        "Add the spell that follows, or correct end or reason.",
        "提拔或转任后31天内没有下一段任职",
        "请补填下一段任职，或更正日期、原因",
    ),
    "R057": Code(
        "promoted into the rank already held",
        "Correct the rank, or write moved.",
        "提拔前后职务相同",
        "请更正职务，或改为转任",
    ),
    "R060": Code(
        "no way out is recorded, so it is not known from when on leavers are",
        "Give the first year in which leavers are recorded.",
        "没有任何退出记录，无法确定从何年起记录退出",
        "请给出退出记录完整的第一年",
    ),
}


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: where, which, and what would be right.

    `line` is counted from 1 with the header's (of the sheet in a workbook); in Parquet it is the row's number. `column`
    is the id of a column, or its place in the file where the header is not known.
    """

    line: int
    code: str
    column: str = ""
    expected: str = ""

    def __str__(self) -> str:
        """One line.

        >>> print(Fault(7, "R023", "birth"))
        R023 line 7, column birth: an empty cell where one must be filled. Fill it.
        """
        where = [f"line {self.line}"] * (self.line > 0) + [f"column {self.column}"] * bool(self.column)
        meaning = CODES[self.code]
        expected = f" {self.expected}" if self.expected else ""
        return f"{' '.join([self.code, ', '.join(where)]).strip()}: {meaning.meaning_en}. {meaning.remedy_en}{expected}"


def refuse_all(faults: Iterable[Fault], found: int | None = None) -> None:
    """Raise what was found, the first hundred by line; nothing where nothing was found.

    Raises
    ------
    RegisterError
        When there is a fault. `found` is how many there are, by default those given.
    """
    faults = sorted(set(faults))
    if faults:
        raise RegisterError(faults[:LARGEST_SHOWN], len(faults) if found is None else found)


def refuse(code: str, line: int = 0, column: str = "", expected: str = "") -> NoReturn:
    """Raise one fault."""
    raise RegisterError((Fault(line, code, column, expected),), 1)
