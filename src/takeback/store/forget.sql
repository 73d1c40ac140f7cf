-- Every row that is about one person (?1), or may be; the person's key goes last.
DELETE FROM confirmation WHERE finding IN (SELECT id FROM finding WHERE person = ?1);
DELETE FROM statement WHERE finding IN (SELECT id FROM finding WHERE person = ?1);
DELETE FROM release WHERE finding IN (SELECT id FROM finding WHERE person = ?1);
DELETE FROM notice WHERE id IN (
    SELECT notice FROM notice_finding WHERE finding IN (SELECT id FROM finding WHERE person = ?1)
);
DELETE FROM answer
WHERE person = ?1 OR person IS NULL OR scope IN (SELECT id FROM finding WHERE person = ?1);
DELETE FROM finding WHERE person = ?1;
DELETE FROM blob WHERE media IN (
    SELECT media FROM examination WHERE original IN (SELECT id FROM original WHERE person = ?1)
);
DELETE FROM examination WHERE original IN (SELECT id FROM original WHERE person = ?1);
DELETE FROM result WHERE ?1 IS NOT NULL;
DELETE FROM measure WHERE ?1 IS NOT NULL;
DELETE FROM note WHERE person = ?1 OR person IS NULL;
DELETE FROM opening WHERE person = ?1;
DELETE FROM blob WHERE person = ?1;
DELETE FROM person WHERE id = ?1;
