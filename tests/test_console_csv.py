"""The IAM console's CSV files, as it has written them over the years, and what is none of them."""

from __future__ import annotations

import pytest

from mfa_session import console_csv
from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey

pytestmark = pytest.mark.one_python

ID, SECRET = "AKIAEXAMPLETEST00000", "not/a+real/secret/of/anyone/anywhere/000"
OTHER_ID, OTHER = "AKIAEXAMPLEOTHER0000", "another/one/of+nobody/at/all/00000000000"
HEADER = "User Name,Password,Access key ID,Secret access key,Console login link"
LINK = "https://111122223333.signin.aws.amazon.com/console"
NEW = f"Access key ID,Secret access key\r\n{ID},{SECRET}\r\n"
OLD = f'{HEADER}\r\n"alice",,{ID},{SECRET},{LINK}\r\n'
TWO = f'{OLD}"bob, the ""builder""",pa55word,{OTHER_ID},{OTHER},{LINK}\r\n'

FILES = {
    "accessKeys.csv": b"\xef\xbb\xbf" + NEW.encode(),
    "without the mark": NEW.encode(),
    "unix line ends": NEW.replace("\r", "").encode(),
    "no line end": NEW.rstrip().encode(),
    "an empty line": (NEW + "\r\n,\r\n").encode(),
    "every cell quoted": f'"Access key ID","Secret access key"\r\n"{ID}","{SECRET}"'.encode(),
    "blanks": f"Access key ID , Secret access key\n {ID} , {SECRET} \n".encode(),
    "utf-16": NEW.encode("utf-16"),
    "credentials.csv": OLD.encode(),
    "other letters in the header": f"ACCESS KEY ID,Secret Access Key\n{ID},{SECRET}\n".encode(),
    "a user without a key": f'{OLD}"carol",secret,,,{LINK}\r\n'.encode(),
}


@pytest.fixture
def file(tmp_path):
    def write(data: bytes) -> str:
        path = tmp_path / "accessKeys.csv"
        path.write_bytes(data)
        return str(path)

    return write


@pytest.mark.parametrize("name", FILES)
def test_the_key_is_read(file, name):
    assert console_csv.read(file(FILES[name])) == BaseKey(ID, SECRET)
    assert console_csv.read(file(FILES[name]), "alice") == BaseKey(ID, SECRET)


def test_of_several_one_is_chosen(file):
    path = file(TWO.encode())
    assert console_csv.read(path, "alice") == BaseKey(ID, SECRET)
    assert console_csv.read(path, 'bob, the "builder"') == BaseKey(OTHER_ID, OTHER)
    with pytest.raises(ConfigError) as error:
        console_csv.read(path)
    assert error.value.message == f'{path}: there are 2 keys in it (alice, bob, the "builder")'
    assert error.value.hints == ("name one: --user NAME",)
    with pytest.raises(ConfigError, match="there is no key of user carol in it"):
        console_csv.read(path, "carol")
    with pytest.raises(ConfigError) as error:
        console_csv.read(file((NEW + f"{OTHER_ID},{OTHER}\n").encode()))
    assert "2 keys in it (whose, it does not say)" in error.value.message


def test_home_is_found(file, tmp_path, monkeypatch):
    file(FILES["accessKeys.csv"])
    monkeypatch.setenv("HOME", str(tmp_path))
    assert console_csv.read("~/accessKeys.csv").access_key_id == ID


WRONG = {
    "": "is not a CSV file",
    "\r\n": "is not a CSV file",
    f"{ID},{SECRET}\n": "is not a CSV file",  # no header: it could be anything
    f"Access key ID\n{ID}\n": "is not a CSV file",
    f"Access key ID,Access key ID,Secret access key\n{ID},{ID},{SECRET}\n": "is not a CSV file",
    f'Access key ID,Secret access key\n{ID},"{SECRET}" x\n': "is not a CSV file",
    "Access key ID,Secret access key\n": "there is no access key in it",
    f"Access key ID,Secret access key\n{SECRET},{ID}\n": "can't be one",
    f"Access key ID,Secret access key\n{ID}\n": "can't be one",
    f"Access key ID,Secret access key\n,{SECRET}\n": "can't be one",
    f"Access key ID,Secret access key\n{ID},two {SECRET}\n": "can't be one",
    f"Access key ID,Secret access key\n{ID.replace('AKIA', 'ASIA')},{SECRET}\n": "can't be one",
    f"Access key ID,Secret access key\n{ID},{SECRET}\n" + "\n" * 100_000: "is too large",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_such_file_is_refused_and_not_shown(file, text):
    path = file(text.encode())
    with pytest.raises(ConfigError) as error:
        console_csv.read(path)
    said = " ".join([error.value.message, *error.value.hints])
    assert WRONG[text] in error.value.message
    assert path in error.value.message
    assert "large" in said or "Access key ID and Secret access key" in said
    assert SECRET not in said
    assert ID not in said
    assert error.value.__context__ is None or error.value.__suppress_context__


def test_what_can_t_be_read(file, tmp_path):
    for path in (str(tmp_path), str(tmp_path / "none.csv")):
        with pytest.raises(ConfigError, match="can't be read"):
            console_csv.read(path)
    with pytest.raises(ConfigError, match="is not a CSV file"):
        console_csv.read(file(b"Access key ID,Secret access key\n\xff\xfe\n"))
