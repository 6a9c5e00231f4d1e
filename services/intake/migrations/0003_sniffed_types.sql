-- What the first bytes of a file show, beside the type its sender declared: whoever opens it must know both.
alter table attachment add column sniffed_type text not null default '';
