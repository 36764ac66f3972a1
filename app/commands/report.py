"""``report``: drafts, signatures, copies and corrections of the reports an office signs. 报告"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.table import Table as Grid

from api.schemas.base import PageOut
from api.schemas.reports import KindList, KindOut, ReportOut, SendingOut, VersionOut
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from app.report_office import office
from domain.errors import Invalid
from domain.people import Principal, Role
from domain.report import Document, Facts, Heading, Paragraph, Signature, Table, shown, shown_quantity
from domain.report_versions import Form, ReportVersion
from monitor.runs import digest_of
from response.reports.copies import ReportFile

app = typer.Typer(no_args_is_help=True, help="Reports: draft, sign, send, correct. 报告")
Id = Annotated[str, typer.Argument(help="Id of the version, as in report list. 报告编号")]
Kind = Annotated[str | None, typer.Option("--kind", help="Only this kind. 类型")]
FormOption = Annotated[Form, typer.Option("--form", help="docx or xlsx. 格式")]
Out = Annotated[Path | None, typer.Option("--out", help="File or folder; here when left out. 输出位置")]
Anonymised = Annotated[bool, typer.Option("--anonymised", help="Without names of enterprises. 匿名")]
#: Digits of a digest people type.
SHORTEST_DIGEST = 8


def _here() -> Principal:
    """Who has the machine has its data; the audit log names the user of the machine."""
    return Principal(actor(), Role.ADMINISTRATOR)


@app.command()
def kinds(config: Config = None, as_json: AsJson = False) -> None:
    """Which reports there are. 报告类型"""
    with office(settings_from(config)) as found:
        told = [KindOut.of(kind) for kind in found.desk.kinds(_here())]
    if as_json:
        _print(KindList(kinds=told))
        return
    grid = _grid("报告类型 kinds", "类型", "名称", "name", "对象", "期间")
    for each in told:
        grid.add_row(each.id, each.name_zh, each.name_en, str(each.subject), str(each.period))
    terminal().print(grid)


@app.command("list")
def list_(
    kind: Kind = None,
    subject: Annotated[str | None, typer.Option("--subject", help="district or enterprise:E001. 对象")] = None,
    period: Annotated[str | None, typer.Option("--period", help="2026-06, 2026H1. 期间")] = None,
    signed: Annotated[bool | None, typer.Option("--signed/--drafts", help="Only those. 已签发/草稿")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many. 条数")] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Versions of reports, newest first. 报告列表"""
    settings = settings_from(config)
    with office(settings) as found:
        page = found.desk.versions(_here(), kind=kind, subject=subject, period=period, signed=signed, limit=limit)
    zone = settings.district.zone
    if as_json:
        _print(PageOut[VersionOut].of(page, [VersionOut.of(each, zone) for each in page.items]))
        return
    grid = _grid("报告 reports", "编号", "标题", "期间", "稿", "状态", "编制", "摘要")
    for each in page.items:
        made = f"{each.made_by} {each.made_at.astimezone(zone):%m-%d %H:%M}"
        grid.add_row(each.id, each.title, each.period, str(each.number), _state(each), made, each.digest[:12])
    terminal().print(grid)


@app.command()
def draft(
    kind: Annotated[str, typer.Argument(help="As in report kinds. 类型")],
    period: Annotated[str, typer.Argument(help="2026-06, 2026H1; left out where the subject says it. 期间")] = "",
    subject: Annotated[str, typer.Option("--subject", help="district or enterprise:E001. 对象")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Draft a report of what is known now. Where an edition is signed it becomes a correction. 起草"""
    settings = settings_from(config)
    with office(settings, drafts=True) as found:
        made = found.desk.version(_here(), found.draft(_here(), kind, subject, period))
    if as_json:
        _print(VersionOut.of(made, settings.district.zone))
        return
    typer.echo(f"{made.id}  {made.title}  第{made.number}稿 draft {made.number}  {made.digest[:12]}")


@app.command()
def show(ident: Id, anonymised: Anonymised = False, config: Config = None, as_json: AsJson = False) -> None:
    """What a version says, and the digest a signature needs. 查看"""
    settings = settings_from(config)
    with office(settings) as found:
        version = found.desk.version(_here(), ident)
        document = found.desk.copies.document(_here(), ident, anonymised=anonymised)
    if as_json:
        _print(ReportOut.of(version, document, settings.district.zone))
        return
    _tell(document)
    typer.echo(f"\n{_state(version)}  摘要 digest {version.digest}")


@app.command()
def sign(
    ident: Id,
    by: Annotated[str, typer.Option("--by", help="User who signs. 签发人")],
    digest: Annotated[str, typer.Option("--digest", help="Of what was read, as shown by report show. 所阅摘要")],
    note: Annotated[str, typer.Option("--note", help="Written with the signature. 备注")] = "",
    number: Annotated[str, typer.Option("--number", help="Of the paper, as in 甬高新能〔2026〕12号. 文号")] = "",
    config: Config = None,
) -> None:
    """Freeze a version with its files; who drafted it does not sign (`reports.four_eyes`). 签发"""
    with office(settings_from(config)) as found:
        signer = found.signer(by)
        version = found.desk.version(signer, ident)
        if len(digest) >= SHORTEST_DIGEST and version.digest.startswith(digest):
            digest = version.digest
        signed = found.desk.sign(signer, ident, digest=digest, note=note, number=number)
    assert signed.signed is not None
    typer.echo(f"{signed.title}  第{signed.signed.edition}版 edition {signed.signed.edition}  {signed.signed.digest}")


@app.command()
def send(
    ident: Id,
    to: Annotated[str, typer.Option("--to", help="Who is given it. 接收人")],
    channel: Annotated[str, typer.Option("--channel", help="How, as in 政务邮箱. 方式")],
    form: FormOption = Form.DOCX,
    anonymised: Anonymised = False,
    note: Annotated[str, typer.Option("--note", help="Written with the record. 备注")] = "",
    out: Out = None,
    config: Config = None,
) -> None:
    """Record that someone is given a copy with their name in it, and write that copy. 发送登记"""
    with office(settings_from(config)) as found:
        copies = found.desk.copies
        sending = copies.send(
            _here(), ident, recipient=to, channel=channel, form=form, anonymised=anonymised, note=note
        )
        path = _write(copies.copy(_here(), sending.id), out)
    typer.echo(f"{sending.id}  {sending.recipient}  {sending.channel}  {sending.digest}  {path}")


@app.command()
def sent(
    ident: Annotated[str | None, typer.Argument(help="Only of this version. 报告编号")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", exists=True, dir_okay=False, help="A copy: whose is it? 文件")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Who was sent which version. 发送记录"""
    settings = settings_from(config)
    digest = None if file is None else digest_of(file.read_bytes())
    with office(settings) as found:
        page = found.desk.copies.sendings(_here(), ident, digest=digest, limit=500)
    told = [SendingOut.of(each, settings.district.zone) for each in page.items]
    if as_json:
        _print(PageOut[SendingOut].of(page, told))
        return
    grid = _grid("发送记录 sendings", "序号", "报告", "接收人", "方式", "格式", "匿名", "发送人", "时间", "摘要")
    for each in told:
        hidden = "是" if each.anonymised else "否"
        when = f"{each.at:%Y-%m-%d %H:%M}"
        grid.add_row(
            str(each.id),
            each.version,
            each.recipient,
            each.channel,
            each.form,
            hidden,
            each.actor,
            when,
            each.digest[:12],
        )
    terminal().print(grid)


@app.command()
def diff(
    ident: Id,
    other: Annotated[
        str | None, typer.Argument(help="Another version; what is known now if left out. 对比版本")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Figures that are others in another version, or now. 差异"""
    with office(settings_from(config), drafts=other is None) as found:
        answer = found.differences(_here(), ident, other)
    if as_json:
        _print(answer)
        return
    grid = _grid(f"差异 differences: {len(answer.differences)}", "位置", "项目", "指标", "原", "现")
    for each in answer.differences:
        grid.add_row(each.place, each.row, each.column, each.before, each.after)
    terminal().print(grid)


@app.command()
def export(
    ident: Id,
    form: FormOption = Form.DOCX,
    anonymised: Anonymised = False,
    frozen: Annotated[bool, typer.Option("--frozen", help="The file as it was signed, without a mark. 存档件")] = False,
    out: Out = None,
    config: Config = None,
) -> None:
    """Write a copy marked with who took it and when. 导出"""
    with office(settings_from(config)) as found:
        copies = found.desk.copies
        if frozen:
            file = copies.frozen(_here(), ident, form)
        else:
            file = copies.export(_here(), ident, form, anonymised=anonymised)
    typer.echo(f"{_write(file, out)}  {file.digest}")


def _write(file: ReportFile, out: Path | None) -> Path:
    path = (out or Path()) / file.name if out is None or out.is_dir() else out
    try:
        path.write_bytes(file.data)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from error
    return path


def _state(version: ReportVersion) -> str:
    if version.signed is None:
        return "更正稿" if version.corrects else "草稿"
    return f"第{version.signed.edition}版 {version.signed.actor}"


def _tell(document: Document) -> None:
    console = terminal()
    head = (document.title, document.subtitle, document.number, document.version)
    typer.echo("\n".join(filter(None, head)) + "\n")
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            typer.echo(block.text)
        elif isinstance(block, Facts):
            for label, value in block.pairs:
                typer.echo(f"{label}：{value if isinstance(value, str) else shown_quantity(value, with_unit=True)}")
        elif isinstance(block, Table):
            console.print(_table(block))
        elif isinstance(block, Signature):
            typer.echo("\n".join(block.lines))


def _table(block: Table) -> Grid:
    grid = _grid(block.title, *(column.heading for column in block.columns))
    for row in block.rows:
        grid.add_row(*(shown(cell, column) for cell, column in zip(row, block.columns, strict=True)))
    grid.caption = block.note or None
    return grid


def _grid(title: str, *headings: str) -> Grid:
    grid = Grid(title=title)
    for heading in headings:
        grid.add_column(heading)
    return grid


def _print(answer: BaseModel) -> None:
    typer.echo(answer.model_dump_json(indent=2))
