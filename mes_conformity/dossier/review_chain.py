"""The chain of addenda of a dossier: which ones speak of it, in which order, and what is wrong with the rest.

Each addendum names the one before it by its digest, so that none can be altered, taken out, put elsewhere or replaced
without it showing. What is refused is named and never counts; so is whatever stands on it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from mes_conformity.dossier import keys
from mes_conformity.dossier.addenda import SUFFIX, Addendum, Subject, read
from mes_conformity.dossier.keys import Trust
from mes_conformity.dossier.names import printable
from mes_conformity.dossier.verify import Finding
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import Text, both

MAX_ADDENDA, MAX_TOGETHER = 200, 32 * 1024 * 1024
FOLDER = "review"


class Source(NamedTuple):
    """A file that may be an addendum: `carried` inside the dossier, or beside it. `named`: the reader counts on it."""

    path: str
    raw: bytes
    carried: bool = False
    named: bool = False


class Chained(NamedTuple):
    """An addendum that was accepted, and whether the dossier carries it."""

    addendum: Addendum
    carried: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """The addenda accepted, in order, and what is wrong. `ignored`: files beside the dossier that are not about it.

    `elsewhere`: those of them that speak of another dossier of the same service; whether this one should carry them,
    its date alone does not say.
    """

    links: tuple[Chained, ...] = ()
    problems: tuple[Finding, ...] = ()
    ignored: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def addenda(self) -> tuple[Addendum, ...]:
        """The addenda alone."""
        return tuple(link.addendum for link in self.links)


def name_of(number: int) -> str:
    """Where the addendum of that number stands inside a dossier."""
    return f"{FOLDER}/{number:02d}{SUFFIX}"


def carried_by(files: Mapping[str, bytes]) -> list[Source]:
    """What the files of a dossier carry of its review."""
    return [Source(path, files[path], carried=True) for path in sorted(files) if path.startswith(f"{FOLDER}/")]


def assemble(
    sources: Sequence[Source],
    dossier: Subject,
    created_at: str,
    trust: Trust | None = None,
    *,
    signed_by: str | None = None,
) -> Chain:
    """The chain that `sources` make for `dossier`, which was built at `created_at` and signed by the key `signed_by`.

    Never raises, whatever the bytes. `trust` demands a signature by one of its keys or authorities.
    """
    carried = [source for source in sources if source.carried]
    if len(carried) > MAX_ADDENDA or sum(len(source.raw) for source in carried) > MAX_TOGETHER:
        message = both("il y a plus d'addenda qu'aucune revue n'en demande")
        return Chain(problems=(Finding("REV001", FOLDER, message, f"≤ {MAX_ADDENDA}", str(len(carried))),))
    read_all, problems, ignored = _read(sources)
    relevant, others = _relevant(read_all, dossier, created_at)
    judged = {link.addendum.sha256: _foreign(link, relevant, dossier, created_at) for link in relevant}
    foreign = {digest: fault for digest, fault in judged.items() if fault is not None}
    chained = [link for link in relevant if link.addendum.sha256 not in foreign]
    links, faults = _walk(chained, signed_by)
    left_out = [link.addendum for link in links if not link.carried]
    dropped = [_dropped(item) for item in left_out if _earlier(item, dossier, created_at)]
    problems += [*foreign.values(), *faults, *_unreached(chained, links, faults), *dropped]
    trusted = [_believed(link, trust) for link in links]
    problems += [finding for link in trusted for finding in _refused(link.addendum, trust)]
    elsewhere = tuple(link.addendum.path for link in others if link.addendum.subject.service == dossier.service)
    told = (*ignored, *(link.addendum.path for link in others))
    return Chain(tuple(trusted), tuple(problems), told, elsewhere)


Known = tuple[Chained, bool]


def _read(sources: Iterable[Source]) -> tuple[list[Known], list[Finding], list[str]]:
    """Each addendum once, the one that is carried first; unreadable ones count only where the reader relies on them."""
    found: dict[str, Known] = {}
    problems: list[Finding] = []
    ignored: list[str] = []
    for source in sorted(sources, key=lambda item: not item.carried):
        try:
            addendum = read(source.raw, source.path)
        except InvalidInput as error:
            if source.carried or source.named:
                message = error.message if not isinstance(error.message, str) else {"fr": error.message}
                obtained = error.obtained if isinstance(error.obtained, str) else None
                problems.append(Finding(error.code, printable(source.path), message, None, obtained))
            else:
                ignored.append(source.path)
            continue
        known = found.get(addendum.sha256)
        if known is None:
            found[addendum.sha256] = Chained(addendum, source.carried), source.named
    return list(found.values()), problems, ignored


def _relevant(known: list[Known], dossier: Subject, created_at: str) -> tuple[list[Chained], list[Chained]]:
    """Those that belong to the review of the dossier, and the others."""
    highest = max((link.addendum.number for link, _named in known if link.carried), default=0)
    kept = {
        link.addendum.sha256
        for link, named in known
        if link.carried
        or named
        or link.addendum.subject.manifest == dossier.manifest
        or _earlier(link.addendum, dossier, created_at)
        or (link.addendum.subject.service == dossier.service and link.addendum.number <= highest)
    }
    grown = True
    while grown:
        members = [link.addendum for link, _named in known if link.addendum.sha256 in kept]
        subjects = {dossier.manifest, *(item.subject.manifest for item in members)}
        before = {item.previous for item in members}
        more = {
            item.sha256
            for item in (link.addendum for link, _named in known)
            if item.sha256 in before or (item.previous in kept and item.subject.manifest in subjects)
        }
        grown = not more <= kept
        kept |= more
    return (
        [link for link, _named in known if link.addendum.sha256 in kept],
        [link for link, _named in known if link.addendum.sha256 not in kept],
    )


def _earlier(addendum: Addendum, dossier: Subject, created_at: str) -> bool:
    """Whether it speaks of an earlier dossier of the same service: this one should carry it."""
    other = addendum.subject.manifest != dossier.manifest
    return other and addendum.subject.service == dossier.service and addendum.at < created_at


def _walk(known: Sequence[Chained], signed_by: str | None) -> tuple[list[Chained], list[Finding]]:
    """From the first addendum to the last, each after the one it names."""
    after: dict[str | None, list[Chained]] = {}
    for link in known:
        after.setdefault(link.addendum.previous, []).append(link)
    links: list[Chained] = []
    place: str | None = None
    while following := after.get(place):
        if len(following) > 1:
            return links, [_fork(link.addendum, following) for link in following]
        faults = list(_out_of_place(following[0], [link.addendum for link in links], signed_by))
        if faults:
            return links, faults
        links.append(following[0])
        place = following[0].addendum.sha256
    return links, []


def _fork(addendum: Addendum, rivals: Sequence[Chained]) -> Finding:
    message = both(
        "deux addenda prennent la même place ({number}) : l'un des auteurs doit refaire le sien à la suite de l'autre",
        number=addendum.number,
    )
    other = next(link.addendum for link in rivals if link.addendum.sha256 != addendum.sha256)
    return Finding("REV005", printable(addendum.path), message, None, f"{printable(other.path)}, {other.author.name}")


def _out_of_place(link: Chained, before: Sequence[Addendum], signed_by: str | None) -> Iterator[Finding]:
    """REV007: not the place, round or state that follows. REV011: what it says cannot be said there."""
    addendum = link.addendum
    last = before[-1] if before else None
    expected = (len(before) + 1, round_after(last, addendum.author.role))
    obtained = (addendum.number, addendum.round)
    if expected != obtained:
        message = both("cet addendum n'est pas à la place qu'il annonce (numéro, tour)")
        yield Finding(
            "REV007", printable(addendum.path), message, "{}, {}".format(*expected), "{}, {}".format(*obtained)
        )
    if addendum.path.startswith(f"{FOLDER}/") and addendum.path != name_of(addendum.number):
        message = both("cet addendum n'est pas à la place qu'il annonce dans le dossier")
        yield Finding("REV007", printable(addendum.path), message, name_of(addendum.number), printable(addendum.path))
    fault = _senseless(addendum, before) or _both_roles(addendum, before, signed_by)
    if fault is not None:
        yield Finding("REV011", printable(addendum.path), fault)


def round_after(last: Addendum | None, role: str) -> int:
    """The round of the addendum that follows `last`: the publisher's answer to an expert opens the next one."""
    if last is None:
        return 1
    return last.round + (role == "publisher" and last.author.role == "expert")


def _senseless(addendum: Addendum, before: Sequence[Addendum]) -> Text | None:
    expert = addendum.author.role == "expert"
    if expert == (addendum.state == "submitted"):
        return both("l'état de la revue n'est pas de ceux que cet auteur peut donner")
    if addendum.replies if expert else (addendum.findings or addendum.decisions):
        return both("un expert constate et décide, un éditeur répond : cet addendum fait les deux")
    if not expert and before and before[-1].state == "closed":
        return both("la revue est close : un éditeur n'y répond plus")
    if [item.id for item in addendum.findings] != [f"{addendum.number}.{n + 1}" for n in range(len(addendum.findings))]:
        return both("les constats ne sont pas numérotés comme ils doivent l'être")
    told = [item.finding for item in (*addendum.decisions, *addendum.replies)]
    known = {item.id for earlier in before for item in earlier.findings}
    if len(set(told)) != len(told) or not set(told) <= known:
        return both("il parle deux fois d'un constat, ou d'un constat que personne n'a fait")
    return None


def _both_roles(addendum: Addendum, before: Sequence[Addendum], signed_by: str | None) -> Text | None:
    """Nobody judges what he answers for: the key of a publisher signs nothing for an expert, nor the reverse."""
    if addendum.signature is None:
        return None
    keyid, role = addendum.signature.keyid, addendum.author.role
    others = {item.signature.keyid for item in before if item.signature is not None and item.author.role != role}
    if keyid in others or (role == "expert" and keyid == signed_by):
        return both("la même clé signe pour l'éditeur et pour l'expert : nul n'est juge de ce dont il répond")
    return None


def _foreign(link: Chained, known: Sequence[Chained], dossier: Subject, created_at: str) -> Finding | None:
    """REV006: it speaks of another service, or of a dossier of this service that this review knows nothing of."""
    addendum, where = link.addendum, printable(link.addendum.path)
    if addendum.subject.service != dossier.service:
        expected = f"{dossier.publisher}, {dossier.product}"
        obtained = f"{addendum.subject.publisher}, {addendum.subject.product}"
        return Finding("REV006", where, both("cet addendum parle d'un autre service"), expected, obtained)
    manifests = {dossier.manifest, *(item.addendum.subject.manifest for item in known if item.carried)}
    followed = {item.addendum.previous for item in known}
    earlier = _earlier(addendum, dossier, created_at)
    if link.carried or earlier or addendum.subject.manifest in manifests or addendum.sha256 in followed:
        return None
    message = both("cet addendum parle d'un autre dossier du même service")
    return Finding("REV006", where, message, dossier.manifest, addendum.subject.manifest)


def _dropped(addendum: Addendum) -> Finding:
    message = both("ce dossier ne porte pas cet addendum, qui parle d'un dossier antérieur du même service")
    about = f"{addendum.subject.version}, {printable(addendum.subject.name)}"
    return Finding("REV008", printable(addendum.path), message, None, about)


def _unreached(known: Sequence[Chained], links: Sequence[Chained], faults: Sequence[Finding]) -> Iterator[Finding]:
    """REV004: what stands on an addendum that is not there, or that was refused."""
    accepted = {link.addendum.sha256 for link in links}
    named = {finding.path for finding in faults}
    present = {link.addendum.sha256 for link in known}
    for link in known:
        addendum = link.addendum
        if addendum.sha256 in accepted or printable(addendum.path) in named:
            continue
        if addendum.previous in present:
            message = both("cet addendum s'appuie sur un addendum refusé")
        else:
            message = both("il manque l'addendum {number}, que celui-ci suit", number=addendum.number - 1)
        yield Finding("REV004", printable(addendum.path), message, f"sha256 {addendum.previous}", None)


def _believed(link: Chained, trust: Trust | None) -> Chained:
    signature = link.addendum.signature
    if trust is None or signature is None:
        return link
    held = keys.trusted(trust, signature.keyid, signature.certificates)
    return link._replace(addendum=replace(link.addendum, signature=replace(signature, trusted=held)))


def _refused(addendum: Addendum, trust: Trust | None) -> Iterator[Finding]:
    if trust is None:
        return
    where, signature = printable(addendum.path), addendum.signature
    if signature is None:
        yield Finding("REV009", where, both("cet addendum n'est pas signé, et une signature est demandée"))
    elif not signature.trusted:
        message = both("la clé qui a signé cet addendum n'est pas de celles que vous acceptez")
        yield Finding("REV010", where, message, None, signature.keyid)
